package audience_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

func TestEachGetsTheFirstTextThatIsForThem(t *testing.T) {
	g, err := audience.NewMembership("g", chat.Public, []chat.Member{
		{ID: "ann", Role: chat.Owner}, {ID: "bo", Role: chat.Admin}, {ID: "cy", Role: chat.Normal}, {ID: "di", Role: chat.Normal},
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	texts := [][]chat.Message{chat.Users("bo", "di").Say("by name"), chat.Admins.Say("by role"), chat.Users("ann", "di").Say("too late")}
	for _, c := range []struct {
		name    string
		m       chat.Message
		ceiling chat.Audience
		want    []string
	}{
		{"with a text for all others", chat.Rather(chat.Everyone.Say("own"), texts...)[0], chat.Everyone, []string{
			"ann true 2 is a member, and everyone is addressed; gets text 2",
			"bo true 1 is a member, and everyone is addressed; gets text 1",
			"cy true 0 is a member, and everyone is addressed; gets the text for all others",
			"di true 1 is a member, and everyone is addressed; gets text 1",
		}},
		{"without one", chat.Rather([]chat.Message{{To: chat.Everyone}}, texts...)[0], chat.Everyone, []string{
			"ann true 2 is a member, and everyone is addressed; gets text 2",
			"bo true 1 is a member, and everyone is addressed; gets text 1",
			"cy false 0 is a member, and everyone is addressed, but none of the message's texts is for them",
			"di true 1 is a member, and everyone is addressed; gets text 1",
		}},
		{"a text lets nobody in", chat.Rather(chat.Users("cy", "di").Say("own"), texts...)[0], chat.Users("di"), []string{
			"ann false 0 has role owner and is not addressed, only user cy, user di",
			"bo false 0 has role admin and is not addressed, only user cy, user di",
			"cy false 0 is named, but the bot may only reach user di",
			"di true 1 is named; gets text 1",
		}},
		{"a message without texts for some", chat.Admins.Say("own")[0], chat.Everyone, []string{
			"ann true 0 has role owner",
			"bo true 0 has role admin",
			"cy false 0 has role member and is not addressed, only owner, admin",
			"di false 0 has role member and is not addressed, only owner, admin",
		}},
	} {
		var got []string
		for _, d := range audience.Of(c.m, c.ceiling).Resolve(g).Decisions {
			got = append(got, fmt.Sprint(d.Member.ID, " ", d.In, " ", d.Rendering, " ", d.Reason))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.name, diff)
		}
	}
}

func message(t *rapid.T) chat.Message {
	m := chat.Message{To: rule(t, "rule", 1)}
	if rapid.Bool().Draw(t, "has a text for all others") {
		m.Text = "own"
	}
	for range rapid.IntRange(0, 5).Draw(t, "texts") {
		r := chat.Rendering{To: rule(t, "text", 1), Text: "a"}
		if rapid.Bool().Draw(t, "by name") {
			r.To = chat.Users(rapid.SliceOfN(ids, 1, 3).Draw(t, "names")...)
		}
		m.Renderings = append(m.Renderings, r)
	}
	if len(m.Renderings) == 0 {
		m.Text = "own"
	}
	return m
}

func TestWhoGetsWhichTextIsWhatTheRulesSay(t *testing.T) {
	several := 0
	rapid.Check(t, func(t *rapid.T) {
		g, m, c := group(t), message(t), rule(t, "ceiling", 1)
		named, allowed := set(m.To, g), set(c, g)
		var texts []map[chat.UserID]bool
		for _, r := range m.Renderings {
			texts = append(texts, set(r.To, g))
		}
		j := audience.Of(m, c)
		r := j.Resolve(g)
		seen := map[chat.UserID]int{}
		for _, s := range r.Shares() {
			for _, id := range s.Recipients.IDs() {
				if had, twice := seen[id]; twice {
					t.Fatalf("%s gets text %d and %d", id, had, s.Rendering)
				}
				seen[id] = s.Rendering
			}
		}
		if len(seen) != len(recipients(r)) {
			t.Fatalf("%v are in, and %v get something", recipients(r), seen)
		}
		several += len(seen)
		for _, x := range g.Members {
			first := 1 + slices.IndexFunc(texts, func(in map[chat.UserID]bool) bool { return in[x.ID] })
			want := named[x.ID] && allowed[x.ID] && (first > 0 || m.HasBody())
			if got, in := seen[x.ID]; in != want || in && got != first {
				t.Fatalf("%v gets %d, %v; want %d, %v", x, got, in, first, want)
			}
			if d, _ := r.For(x.ID); d != j.Decide(x) || d != audience.Of(m, c).Decide(x) {
				t.Fatalf("%+v in the group, and %+v alone", d, j.Decide(x))
			}
		}
	})
	if several == 0 {
		t.Error("nobody got anything")
	}
}

func TestWhoIsNotSentItAgainGetsNoText(t *testing.T) {
	g, err := audience.NewMembership("g", chat.Public, []chat.Member{{ID: "ann", Role: chat.Owner}, {ID: "bo", Role: chat.Admin}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	only, err := chat.NewRecipients([]chat.UserID{"bo"})
	if err != nil {
		t.Fatal(err)
	}
	r := audience.Of(chat.Rather(chat.Everyone.Say("own"), chat.Owners.Say("first"))[0], chat.Everyone).Resolve(g).Within(&only)
	if want := []chat.Share{{Rendering: 0, Recipients: only}}; !cmp.Equal(r.Shares(), want, cmp.AllowUnexported(chat.Recipients{})) {
		t.Errorf("%+v", r.Shares())
	}
}

// A text of their own for each of many members of the largest group.
func BenchmarkResolveATextForEach(b *testing.B) {
	var members []chat.Member
	for i := range 6000 {
		members = append(members, chat.Member{ID: chat.UserID(fmt.Sprintf("member%04d", i)), Role: chat.Normal})
	}
	group, err := audience.NewMembership("g", chat.Public, members, time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	m := chat.Message{To: chat.Everyone}
	for i := range chat.MaxRenderings {
		m.Renderings = append(m.Renderings, chat.Rendering{To: chat.Users(members[i*10].ID), Text: "a"})
	}
	for b.Loop() {
		if shares := audience.Of(m, chat.Everyone).Resolve(group).Shares(); len(shares) != chat.MaxRenderings {
			b.Fatal(len(shares))
		}
	}
}
