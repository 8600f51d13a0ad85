package oncall

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

// Whatever happens, what an alert says goes to those on call alone, within the roles that
// are asked for, and one that nobody has taken has somebody asked, or the owner told.
func TestOnlyThoseOnCallEverSeeAnAlert(t *testing.T) {
	onCall := []chat.UserID{"bo", "dee", "eli"}
	everybody := append(slices.Clone(onCall), "ann", "cy", "fay")
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig(t, `{"chain": [{"users": ["bo"]}, {"rotate": ["dee", "eli"], "every": "1h", "from": "2026-01-05T09:00:00Z"}], "wait": "1m", "repeats": 2}`,
			chat.Member{ID: "ann", Role: chat.Owner})
		for _, id := range everybody[:5] {
			if id != "ann" {
				r.members = append(r.members, chat.Member{ID: id, Role: chat.Admin})
			}
		}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			for _, m := range r.anything(rt, everybody) {
				check(rt, m, onCall)
			}
			b := remembered.Get(r.state)
			if c := b.due(); c != nil && (r.timer.IsZero() || r.timer.After(c.Due) && r.timer.After(r.now.Add(time.Second))) {
				rt.Fatalf("%s is due at %v, and the timer comes at %v", c.ID, c.Due, r.timer)
			}
		}
	})
}

func check(t *rapid.T, m chat.Message, onCall []chat.UserID) {
	secret := strings.Contains(m.Text, "secret")
	switch {
	case m.To.Sender: // a command is answered to whoever wrote it
		return
	case len(m.To.Users) == 0:
		if secret || !slices.Equal(m.To.Roles, chat.Owners.Roles) {
			t.Fatalf("%q is for %+v", m.Text, m.To)
		}
	default:
		for _, id := range m.To.Users {
			if !slices.Contains(onCall, id) {
				t.Fatalf("%q is for %s, who is not on call", m.Text, id)
			}
		}
		if m.To.Within == nil || !slices.Equal(m.To.Within.Roles, chat.Admins.Roles) {
			t.Fatalf("%q is for %+v, whatever their roles are", m.Text, m.To)
		}
	}
}

// anything has something happen. What is answered to a command is looked at here, where
// its sender is known.
func (r *rig) anything(t *rapid.T, everybody []chat.UserID) []chat.Message {
	id := rapid.SampledFrom(everybody).Draw(t, "who")
	switch n := rapid.IntRange(1, 3).Draw(t, "alert"); rapid.IntRange(0, 6).Draw(t, "what") {
	case 0, 1:
		return r.alert(fmt.Sprintf(`{"id": %d, "text": "secret %d"}`, n, rapid.IntRange(0, 1).Draw(t, "text")))
	case 2:
		return r.alert(fmt.Sprintf(`{"id": %d, "resolved": true}`, n))
	case 3:
		return r.types(t, id, fmt.Sprintf("/ack A%d", n))
	case 4:
		return r.types(t, id, "/oncall")
	case 5:
		r.members = slices.DeleteFunc(r.members, func(m chat.Member) bool { return m.ID == id })
		if role := rapid.SampledFrom([]chat.Role{chat.Admin, chat.Normal, ""}).Draw(t, "role"); role != "" {
			r.members = append(r.members, chat.Member{ID: id, Role: role})
		}
		return nil
	}
	if r.timer.IsZero() {
		return nil
	}
	r.now, r.timer = r.timer, time.Time{}
	return r.handle(chat.Event{Kind: chat.Timer, Name: "next", Payload: json.RawMessage(`{}`)})
}

func (r *rig) types(t *rapid.T, id chat.UserID, text string) []chat.Message {
	i := slices.IndexFunc(r.members, func(m chat.Member) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	said := r.handle(chat.Event{Kind: chat.Typed, Name: "typed", Text: text, Sender: &r.members[i]})
	onChain := slices.Contains([]chat.UserID{"bo", "dee", "eli"}, id) && r.members[i].Role == chat.Admin
	for _, m := range said {
		if m.To.Sender && strings.Contains(m.Text, "secret") && !onChain {
			t.Fatalf("%s, who is %s, is told %q", id, r.members[i].Role, m.Text)
		}
	}
	return said
}
