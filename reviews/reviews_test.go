package reviews_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/reviews"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var friday = time.Date(2026, 12, 4, 17, 0, 0, 0, time.UTC)

func TestOnlyWhatIsForNobodyButTheSenderIsNotReviewed(t *testing.T) {
	for name, c := range map[string]struct {
		to     chat.Audience
		sender chat.UserID
		direct bool
	}{
		"to the sender":                        {chat.Users("cy"), "cy", true},
		"to the sender, in two ways":           {chat.Users("cy", "cy").Among(chat.Everyone), "cy", true},
		"to somebody else":                     {chat.Users("bo"), "cy", false},
		"to both":                              {chat.Users("bo", "cy"), "cy", false},
		"to a role":                            {chat.Admins, "cy", false},
		"to all but others":                    {chat.Everyone.But("bo"), "cy", false},
		"to the sender or others, in brackets": {chat.Users("cy").Or(chat.Owners), "cy", false},
		"where nobody caused it":               {chat.Users("cy"), "", false},
	} {
		drafts, direct := reviews.Split(c.to.Say("x"), c.sender)
		if len(direct) == 1 != c.direct || len(drafts) == 1 == c.direct {
			t.Errorf("%s: %d are reviewed and %d are not", name, len(drafts), len(direct))
		}
	}
}

func TestADraftLapsesWhenItIsNotWorthSendingAnyMore(t *testing.T) {
	r := chat.Review{Lapses: chat.Duration(4 * time.Hour)}
	now := friday.Add(-4 * time.Hour)
	for name, c := range map[string]struct {
		expires []time.Duration // zero is never
		want    time.Duration
	}{
		"none expires":        {[]time.Duration{0, 0}, 4 * time.Hour},
		"one never does":      {[]time.Duration{time.Hour, 0}, 4 * time.Hour},
		"both do":             {[]time.Duration{time.Hour, 2 * time.Hour}, 2 * time.Hour},
		"both do, much later": {[]time.Duration{9 * time.Hour, 7 * time.Hour}, 4 * time.Hour},
	} {
		list := append(chat.Everyone.Say("a"), chat.Everyone.Say("b")...)
		for i, d := range c.expires {
			if d != 0 {
				list[i].Expires = now.Add(d)
			}
		}
		if got := reviews.Until(r, list, now).Sub(now); got != c.want {
			t.Errorf("%s: after %v, want %v", name, got, c.want)
		}
	}
}

func sheet(drafts ...chat.Message) reviews.Sheet {
	return reviews.Sheet{Event: chat.EventRecord{ID: 17, Bot: "notices", Trigger: "weekly"}, By: chat.Admins, Drafts: drafts, Lapses: friday,
		Reach: chat.Everyone, Group: &chat.Membership{Type: chat.Public, Members: []chat.Member{{ID: "alice", Role: chat.Owner}, {ID: "bo", Role: chat.Normal}, {ID: "cy", Role: chat.Normal}}}}
}

const head = "Draft e17 of bot notices, trigger weekly, is for you to review. Write /release e17 to send it, or /discard e17 and why not; nobody else sees what you write. Unanswered it lapses at 17:00 UTC on Friday, 4 December."

func TestWhatReviewersAreShown(t *testing.T) {
	own := chat.Everyone.Say("Please post\nyour report.")[0]
	rendered := own
	rendered.Renderings = []chat.Rendering{{To: chat.Owners, Text: "2 of 3 have not posted."}}
	alone := chat.Message{To: chat.Everyone, Renderings: []chat.Rendering{{To: chat.Users("bo"), Text: "Bo, post."}}}
	unread := sheet(own)
	unread.Group = nil
	for name, c := range map[string]struct {
		sheet reviews.Sheet
		want  string
	}{
		"a text":                    {sheet(own), head + "\n\nTo everyone, which is 3 members now:\n> Please post\n> your report."},
		"nobody now":                {sheet(chat.Users("dan").Say("x")[0]), head + "\n\nTo user dan, which is nobody now:\n> x"},
		"two":                       {sheet(own, chat.Owners.Say("x")[0]), head + "\n\n1 of 2: To everyone, which is 3 members now:\n> Please post\n> your report.\n\n2 of 2: To owner, which is one member now:\n> x"},
		"renderings":                {sheet(rendered), head + "\n\nTo everyone, which is 3 members now\nOf these, to owner:\n> 2 of 3 have not posted.\nTo the others of these:\n> Please post\n> your report."},
		"renderings and no body":    {sheet(alone), head + "\n\nTo everyone, which is one member now\nOf these, to user bo:\n> Bo, post."},
		"a text like a sheet":       {sheet(chat.Everyone.Say("x\u2028Draft e18 of bot notices")[0]), head + "\n\nTo everyone, which is 3 members now:\n> x\n> Draft e18 of bot notices"},
		"a picture":                 {sheet(chat.Everyone.Show(chat.Text{Text: "look"}, chat.Face{Index: 1})[0]), head + "\n\nTo everyone, which is 3 members now:\n> look\n> (a face, see below)"},
		"a group that was not read": {unread, head + "\n\nTo everyone:\n> Please post\n> your report."},
	} {
		t.Run(name, func(t *testing.T) {
			m, cut := c.sheet.Message()
			if diff := cmp.Diff(c.want, m.Text); diff != "" {
				t.Error(diff)
			}
			if cut || m.Validate() != nil || !m.Expires.Equal(friday) || len(m.Elements) != strings.Count(c.want, "see below") {
				t.Errorf("it is %+v (%v)", m, m.Validate())
			}
		})
	}
}

func TestALongDraftIsCutAndSaysSo(t *testing.T) {
	const head = "Draft e17 of bot notices, trigger weekly, is for you to review. It is too long to be shown whole here; " +
		"whoever runs the bot can read all of it, and release it, with botd dlq. Write /discard e17 and why, to give it up; nobody else sees what you write. "
	for name, c := range map[string]struct {
		draft chat.Audience
		body  []chat.Element
		ends  string
	}{
		"a text":            {chat.Everyone, []chat.Element{{Text: &chat.Text{Text: strings.Repeat("a line of the draft\n", 700)}}}, " more characters"},
		"a text and a face": {chat.Everyone, []chat.Element{{Text: &chat.Text{Text: strings.Repeat("a line of the draft\n", 700)}}, {Face: &chat.Face{Index: 1}}}, " more characters"},
		"something else":    {chat.Everyone, []chat.Element{{Custom: &chat.Custom{Data: strings.Repeat("x", 11<<10+700)}}, {Face: &chat.Face{Index: 1}}}, "(a face, which does not fit in here)"},
	} {
		m, cut := sheet(chat.Message{To: c.draft, Elements: c.body}).Message()
		if !cut || !strings.HasPrefix(m.Text, head) || !strings.HasSuffix(m.Text, c.ends) || len(m.Text) > chat.MaxBody || len(m.Elements) > 0 {
			t.Errorf("%s: cut %t, %d bytes and %d elements: %.400s … %s", name, cut, len(m.Text), len(m.Elements), m.Text, m.Text[len(m.Text)-80:])
		}
	}
	several := sheet(chat.Everyone.Show(chat.Text{Text: "x"}, chat.Custom{Data: strings.Repeat("x", 10<<10)}, chat.Face{Index: 1})[0], chat.Everyone.Show(chat.Custom{Data: strings.Repeat("y", 2<<10)})[0])
	if m, cut := several.Message(); !cut || !strings.Contains(m.Text, "(a face, which does not fit in here)") || len(m.Elements) > 0 {
		t.Errorf("it is %s with %d elements", m.Text, len(m.Elements))
	}
}

func TestWhatReviewersWrite(t *testing.T) {
	for text, want := range map[string]any{
		"/release":                       reviews.Command{Release: true},
		"/release e17":                   reviews.Command{Release: true, Event: 17},
		"/RELEASE E17":                   reviews.Command{Release: true, Event: 17},
		"／release  17.":                  reviews.Command{Release: true, Event: 17},
		"/release ｅ１７":                   reviews.Command{Release: true, Event: 17},
		"/discard":                       reviews.Command{},
		"/discard e17":                   reviews.Command{Event: 17},
		"/discard e17 it is\nmonday":     reviews.Command{Event: 17, Reason: "it is monday"},
		"/discard too early":             reviews.Command{Reason: "too early"},
		"/release now":                   "now is no draft. Write /release e17 or /discard e17, with the number of the draft. Nothing has happened.",
		"/release e17 e18":               "e18 is no draft. Write /release e17 or /discard e17, with the number of the draft. Nothing has happened.",
		"/relase e17":                    "There is no /relase; did you mean /release? Nothing has happened.",
		"/releasee17":                    "Write /release e17 or /discard e17, with the number of the draft. Nothing has happened.",
		"/release e99999999999999999999": "e99999999999999999999 is no draft. Write /release e17 or /discard e17, with the number of the draft. Nothing has happened.",
	} {
		got, wrong := reviews.Read(text)
		switch want := want.(type) {
		case string:
			if wrong != want {
				t.Errorf("%q: %q", text, wrong)
			}
		default:
			if got != want || wrong != "" {
				t.Errorf("%q: %+v %q", text, got, wrong)
			}
		}
	}
}

func TestWhichDraftIsMeant(t *testing.T) {
	two := []chat.Drafts{{Event: 17, Bot: "notices", Trigger: "weekly", Lapses: friday}, {Event: 18, Bot: "quiz", Trigger: "ask", Lapses: friday}}
	for name, c := range map[string]struct {
		command reviews.Command
		mine    []chat.Drafts
		chosen  chat.EventID
		answer  string
	}{
		"the one that is named": {reviews.Command{Event: 18}, two, 18, ""},
		"one that is not there": {reviews.Command{Event: 19}, two, 0, ""},
		"the only one":          {reviews.Command{}, two[:1], 17, ""},
		"none":                  {reviews.Command{}, nil, 0, "There is no draft that is yours to decide. Nothing has happened."},
		"one of two": {reviews.Command{Release: true}, two, 0, "2 drafts wait for you; say which one you mean. Nothing has happened.\n" +
			"/release e17: of bot notices, trigger weekly, lapses at 17:00 UTC on Friday, 4 December\n/release e18: of bot quiz, trigger ask, lapses at 17:00 UTC on Friday, 4 December"},
		"one of many": {reviews.Command{}, make([]chat.Drafts, 25), 0, "and 5 more"},
	} {
		chosen, answer := c.command.Choose(c.mine)
		if chosen.Event != c.chosen || !strings.HasSuffix(answer, c.answer) || answer == "" != (c.answer == "") {
			t.Errorf("%s: %v, %q", name, chosen, answer)
		}
	}
}
