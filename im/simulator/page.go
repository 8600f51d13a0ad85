package simulator

import (
	"cmp"
	"embed"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"
)

//go:embed page
var pageFiles embed.FS

var pageTemplates = template.Must(template.ParseFS(pageFiles, "page/*.html"))

// assets are the files the page may load, with their types.
var assets = map[string]string{
	"sim.css":  "text/css; charset=utf-8",
	"sim.js":   "text/javascript; charset=utf-8",
	"write.js": "text/javascript; charset=utf-8",
	"icon.svg": "image/svg+xml",
}

func serveAsset(c echo.Context) error {
	kind, ok := assets[c.Param("file")]
	if !ok {
		return echo.ErrNotFound
	}
	body, err := pageFiles.ReadFile("page/" + c.Param("file"))
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, kind, body)
}

// shownMessages is how many messages a column shows at most when it is loaded.
const shownMessages = 200

// pageView is what the page shows: one group, and the others as tabs.
type pageView struct {
	Last    uint64 // ID of the newest message that was rendered
	Now     time.Time
	Tabs    []tabView
	Group   tabView
	Columns []columnView
	// Strangers are accounts that could join the group.
	Strangers []string
}

type tabView struct {
	ID, Name, Type string
	Members        int
	Current        bool
}

// columnView is what one member sees.
type columnView struct {
	Index                 int // of the column, for names within the page
	ID, Group, Name, Role string
	Hue                   int
	Offline, Muted        bool
	Promotes, Mutes       bool     // what the group's type allows
	Bots                  []string // to whom one can write one to one
	Bubbles               []bubbleView
}

// roleView is an action that changes a member's role.
type roleView struct {
	Group, ID, NewRole, Label string
}

// With names the role that an action gives.
func (c columnView) With(role, label string) roleView { return roleView{c.Group, c.ID, role, label} }

// Initial is the first character of the name.
func (c columnView) Initial() string {
	for _, r := range c.Name {
		return string(unicode.ToUpper(r))
	}
	return ""
}

// bubbleView is one message in a column.
type bubbleView struct {
	ID             uint64
	Seq            uint32
	Group          string
	From, FromName string
	Viewer         string // whose column it is in; "": decided by the page
	Hue            int
	Time           time.Time
	Text           string
	Targeted       bool
	Leaked         bool
	Names          []string      // of the recipients of a targeted message
	Asked          int           // entries of a list that had no effect
	Recalled       bool          // and so its text is gone from the screen
	Seen           time.Duration // for how long it was there, if it was recalled
	Unsent         bool          // it stands in its author's app, and nobody received it
	To             string        // the account that it was written to one to one
	Unjudged       bool          // it was delivered since the callback before it was not answered
}

// Mine reports whether the viewer wrote it.
func (b bubbleView) Mine() bool { return b.Viewer == b.From }

// People joins the recipients' names.
func (b bubbleView) People() string { return strings.Join(b.Names, ", ") }

func (s *Simulator) servePage(c echo.Context) error {
	var body strings.Builder
	if err := pageTemplates.ExecuteTemplate(&body, "page.html", s.view(c.QueryParam("group"))); err != nil {
		return err
	}
	return c.HTML(http.StatusOK, body.String())
}

func renderBubble(b bubbleView) (string, error) {
	var out strings.Builder
	err := pageTemplates.ExecuteTemplate(&out, "bubble", b)
	return strings.TrimSpace(out.String()), err
}

// view collects the page for a group; without such a group, for the first.
func (s *Simulator) view(id string) pageView {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := pageView{Last: s.lastID, Now: s.Now()}
	if s.groups[id] == nil && len(s.order) > 0 {
		id = s.order[0]
	}
	for _, other := range s.order {
		g := s.groups[other]
		tab := tabView{ID: other, Name: g.title(), Type: g.typeName(), Members: len(g.joined), Current: other == id}
		v.Tabs = append(v.Tabs, tab)
		if tab.Current {
			v.Group = tab
		}
	}
	if g := s.groups[id]; g != nil {
		var bots []string
		bots, v.Strangers = s.outsiders(g)
		v.Columns = s.columns(g, bots)
	}
	return v
}

// outsiders are the accounts that are not in a group. Robots, and those that are in no
// group at all, are taken for bots, to whom its members can write.
func (s *Simulator) outsiders(g *group) (bots, strangers []string) {
	people := map[string]bool{}
	for _, other := range s.groups {
		for id := range other.members {
			people[id] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.accounts)) {
		switch {
		case slices.Contains(s.app.administrators, id) || g.members[id] != nil:
		case strings.HasPrefix(id, "@RBT#") || !people[id]:
			bots = append(bots, id)
		default:
			strangers = append(strangers, id)
		}
	}
	return bots[:min(len(bots), shownBots)], strangers
}

// shownBots is how many a member's menu has at most.
const shownBots = 5

// columns are a group's members, those with more say first.
func (s *Simulator) columns(g *group, bots []string) []columnView {
	order := []string{Owner, Admin, Ordinary}
	members := slices.Clone(g.joined)
	slices.SortStableFunc(members, func(a, b *member) int {
		return slices.Index(order, a.role) - slices.Index(order, b.role)
	})
	out := make([]columnView, len(members))
	for i, m := range members {
		id := m.account.id
		out[i] = columnView{
			Index: i, ID: id, Group: g.id, Name: g.nameOf(id), Role: m.role, Hue: hue(id),
			Offline: m.account.offline, Muted: m.muted.After(s.Now()),
			Promotes: g.kind != "Private" && g.kind != "AVChatRoom", Mutes: g.kind != "Private",
			Bots: bots, Bubbles: s.bubbles(g, m.account),
		}
	}
	return out
}

// bubbles are what an account's app shows of a group, and of what was written one to
// one, the newest.
func (s *Simulator) bubbles(g *group, a *account) []bubbleView {
	var out []bubbleView
	for _, m := range slices.Concat(a.inbox.kept.all(), a.inbox.own.all()) {
		if m.Group == g.id || m.Group == "" {
			b := bubble(g, *m)
			b.Viewer = a.id
			out = append(out, b)
		}
	}
	slices.SortFunc(out, func(a, b bubbleView) int { return cmp.Compare(a.ID, b.ID) })
	return out[max(0, len(out)-shownMessages):]
}

// bubble shows a message for a live page.
func (s *Simulator) bubble(m Message) bubbleView {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bubble(s.groups[m.Group], m)
}

// bubble shows a message; a nil group means that it was dissolved meanwhile.
func bubble(g *group, m Message) bubbleView {
	b := bubbleView{
		ID: m.ID, Seq: m.Seq, Group: m.Group, From: m.From, FromName: g.nameOf(m.From), Hue: hue(m.From), Time: m.Time,
		Text: m.Text, Targeted: m.Reason == Targeted, Leaked: m.Leaked(), Asked: len(m.Asked), Recalled: !m.Recalled.IsZero(),
		Unsent: m.Reason == Discarded, To: m.To, Unjudged: m.Before == TimedOut || m.Before == Broken,
	}
	if b.Recalled {
		b.Seen = m.Recalled.Sub(m.Time).Round(time.Second)
	}
	if b.Targeted {
		for _, id := range m.Recipients {
			b.Names = append(b.Names, g.nameOf(id))
		}
	}
	return b
}

// nameOf is a member's name card, and the plain id of whoever has none.
func (g *group) nameOf(id string) string {
	if g != nil {
		if m := g.members[id]; m != nil && m.card != "" {
			return m.card
		}
	}
	return id
}

func (g *group) title() string {
	if g.name == "" {
		return g.id
	}
	return g.name
}

// typeName is a group's type as people call it today.
func (g *group) typeName() string {
	switch g.kind {
	case "Private":
		return "Work"
	case "ChatRoom":
		return "Meeting"
	}
	return g.kind
}

// hues is the number of colours that names are given.
const hues = 8

func hue(id string) int {
	var sum int
	for _, b := range []byte(id) {
		sum = sum*31 + int(b)
	}
	return (sum%hues + hues) % hues
}
