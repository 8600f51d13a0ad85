package bots

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

// people are few, so that rules and groups speak of the same ones.
var people = rapid.SampledFrom([]chat.UserID{"ann", "bo", "cy", "dee", "eve"})

func anyRule(t *rapid.T, name string, depth int) chat.Audience {
	a := chat.Audience{
		Everyone: rapid.IntRange(0, 2).Draw(t, name+" everyone") == 0,
		Roles:    rapid.SliceOfN(rapid.SampledFrom([]chat.Role{chat.Owner, chat.Admin, chat.Normal}), 0, 2).Draw(t, name+" roles"),
		Users:    rapid.SliceOfN(people, 0, 3).Draw(t, name+" users"),
		Sender:   rapid.Bool().Draw(t, name+" sender"),
		Except:   rapid.SliceOfN(people, 0, 1).Draw(t, name+" except"),
		Where:    rapid.SampledFrom([]string{"", "", "admin", "true", `id != "ann"`, "no such name"}).Draw(t, name+" where"),
	}
	if depth > 0 && rapid.Bool().Draw(t, name+" has more") {
		a.AnyOf = []chat.Audience{anyRule(t, name+" or", depth-1)}
	}
	if depth > 0 && rapid.Bool().Draw(t, name+" has less") {
		within := anyRule(t, name+" within", depth-1)
		a.Within = &within
	}
	return a
}

func anyGroup(t *rapid.T) chat.Membership {
	var members []chat.Member
	for i, id := range []chat.UserID{"ann", "bo", "cy", "dee", "eve"} {
		role := rapid.SampledFrom([]chat.Role{chat.Admin, chat.Normal, ""}).Draw(t, string(id))
		if i == 0 {
			role = chat.Owner
		}
		if role != "" {
			members = append(members, chat.Member{ID: id, Role: role})
		}
	}
	m, err := audience.NewMembership("g", chat.Public, members, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Whatever a plugin says, and whoever is in the group by then: nobody is reached
// whom the ceiling does not have, nobody is left out whom both have, and no message
// may have more recipients.
func TestWhatComesOfAWebhookStaysWithinItsCeiling(t *testing.T) {
	b := &Bot{Spec: Spec{Name: "lab", Limits: Limits{Messages: 2, Recipients: 50, Timers: 1}}}
	reached, narrowed, refused := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		group, sender := anyGroup(t), people.Draw(t, "sender")
		asked, most := anyRule(t, "asked", 2), anyRule(t, "ceiling", 1).Bind(sender)
		ceiling := chat.Ceiling{Audience: &most, Recipients: rapid.IntRange(0, 3).Draw(t, "recipients")}
		m := chat.Message{To: asked, Text: "x", Limit: rapid.IntRange(0, 3).Draw(t, "limit")}
		a, err := newAnswer([]chat.Message{m}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.check(b, chat.EventRecord{Sender: sender, Origin: &chat.Origin{Hook: "h", Ceiling: &ceiling}}); err != nil {
			if asked.Validate() == nil && !most.IsNobody() && !asked.Bind(sender).IsNobody() {
				t.Fatalf("%+v within %+v: %v", asked, most, err)
			}
			refused++
			return
		}
		raw, err := json.Marshal(a.messages[0]) // as it is stored
		var kept chat.Message
		if err == nil {
			err = json.Unmarshal(raw, &kept)
		}
		if err != nil {
			t.Fatal(err)
		}
		ids := func(rule chat.Audience) []chat.UserID {
			to, _ := audience.Resolve(rule, chat.Everyone, group).Recipients()
			return to.IDs()
		}
		free, may, got := ids(asked.Bind(sender)), ids(most), ids(kept.To)
		want := slices.DeleteFunc(slices.Clone(free), func(id chat.UserID) bool { return !slices.Contains(may, id) })
		if !slices.Equal(got, want) {
			t.Fatalf("%v of %v may be reached, and %v would be", may, free, got)
		}
		if ceiling.Recipients > 0 && kept.Most(50) > ceiling.Recipients || m.Limit > 0 && kept.Most(50) > m.Limit {
			t.Fatalf("%d recipients, of %d and %d", kept.Most(50), ceiling.Recipients, m.Limit)
		}
		if reached += len(got); len(got) < len(free) {
			narrowed++
		}
	})
	if reached == 0 || narrowed == 0 || refused == 0 {
		t.Errorf("%d reached, %d narrowed, %d refused", reached, narrowed, refused)
	}
}

// Of messages with one key the newest counts alone, but one of a sender that may
// reach few takes no place of one that is for others.
func TestAKeyIsApartForEachCeiling(t *testing.T) {
	b := &Bot{Spec: Spec{Name: "lab", Limits: Limits{Messages: 1, Recipients: 50, Timers: 1}}}
	few := &chat.Ceiling{Audience: &chat.Admins}
	seen := map[string]string{}
	for _, key := range []string{"score", strings.Repeat("k", chat.MaxCollapse)} {
		for name, origin := range map[string]*chat.Origin{
			"no webhook": nil, "no ceiling": {Hook: "h"}, "of the hook": {Hook: "h", Ceiling: few},
			"ci": {Hook: "h", Credential: "ci", Ceiling: few}, "cd": {Hook: "h", Credential: "cd", Ceiling: few},
		} {
			kept := func() string {
				a, err := newAnswer([]chat.Message{{To: chat.Admins, Text: "x", Collapse: key}}, nil)
				if err == nil {
					err = a.check(b, chat.EventRecord{Origin: origin})
				}
				if err == nil {
					err = a.messages[0].Validate()
				}
				if err != nil {
					t.Fatal(err)
				}
				return a.messages[0].Collapse
			}
			got := kept()
			if free := origin == nil || origin.Ceiling == nil; free != (got == key) || got != kept() {
				t.Errorf("%s: %q of %q", name, got, key)
			}
			if other, taken := seen[got]; taken && got != key {
				t.Errorf("%s and %s have the key %q", name, other, got)
			}
			seen[got] = name
		}
	}
}
