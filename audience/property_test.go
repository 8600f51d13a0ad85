package audience_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

// Few ids, so that rules and groups often speak of the same people; one is
// never a member of anything.
var (
	ids   = rapid.SampledFrom([]chat.UserID{"a", "b", "c", "d", "e", "f", "stranger"})
	roles = rapid.SampledFrom([]chat.Role{chat.Owner, chat.Admin, chat.Normal})
)

func rule(t *rapid.T, name string, depth int) chat.Audience {
	a := chat.Audience{
		Everyone: rapid.IntRange(0, 3).Draw(t, name+" everyone") == 0,
		Roles:    rapid.SliceOfN(roles, 0, 2).Draw(t, name+" roles"),
		Users:    rapid.SliceOfN(ids, 0, 3).Draw(t, name+" users"),
		Except:   rapid.SliceOfN(ids, 0, 2).Draw(t, name+" except"),
		Sender:   rapid.Bool().Draw(t, name+" sender"),
	}
	if depth > 0 {
		for range rapid.IntRange(0, 2).Draw(t, name+" union") {
			a.AnyOf = append(a.AnyOf, rule(t, name+"'", depth-1))
		}
		if rapid.IntRange(0, 3).Draw(t, name+" is narrowed") == 0 {
			within := rule(t, name+" within", depth-1)
			a.Within = &within
		}
	}
	if rapid.IntRange(0, 3).Draw(t, name+" has a condition") == 0 {
		a.Where = rapid.SampledFrom(slices.Sorted(maps.Keys(wheres))).Draw(t, name+" where")
	}
	return a
}

// wheres are conditions and what they mean. Those that cannot be asked let nobody in.
var wheres = map[string]func(chat.Member) bool{
	`id in ["a", "c", "stranger"]`:    func(m chat.Member) bool { return m.ID == "a" || m.ID == "c" },
	`not (id in ["a", "c"])`:          func(m chat.Member) bool { return m.ID != "a" && m.ID != "c" },
	`admin`:                           func(m chat.Member) bool { return m.Role != chat.Normal },
	`owner or id > "c"`:               func(m chat.Member) bool { return m.Role == chat.Owner || m.ID > "c" },
	`role == "member" and member`:     func(m chat.Member) bool { return m.Role == chat.Normal },
	`any([{"who": "b"}], .who == id)`: func(m chat.Member) bool { return m.ID == "b" },
	`true`:                            func(chat.Member) bool { return true },
	`false`:                           func(chat.Member) bool { return false },
	`id in payload.users`:             func(chat.Member) bool { return false },         // no such name
	`id`:                              func(chat.Member) bool { return false },         // no truth
	`true or`:                         func(chat.Member) bool { return false },         // no expression
	`{"a": 1}[id] > 0`:                func(m chat.Member) bool { return m.ID == "a" }, // fails for all others
	`true or any(1..1000000, true)`:   func(chat.Member) bool { return false },         // too much work
}

func group(t *rapid.T) chat.Membership {
	var members []chat.Member
	owner := rapid.SampledFrom([]chat.UserID{"a", "b", ""}).Draw(t, "owner")
	for _, id := range []chat.UserID{"a", "b", "c", "d", "e", "f"} {
		role := rapid.SampledFrom([]chat.Role{chat.Admin, chat.Normal, ""}).Draw(t, "role of "+string(id))
		if id == owner {
			role = chat.Owner
		}
		if role != "" {
			members = append(members, chat.Member{ID: id, Role: role})
		}
	}
	m, err := audience.NewMembership("g", chat.Meeting, members, time.Unix(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// set is the meaning of a rule, said a second time and as plainly as possible:
// by sets, from the inside out.
func set(a chat.Audience, m chat.Membership) map[chat.UserID]bool {
	in := map[chat.UserID]bool{}
	for _, x := range m.Members {
		if a.Everyone || slices.Contains(a.Users, x.ID) || slices.Contains(a.Roles, x.Role) {
			in[x.ID] = true
		}
	}
	for _, other := range a.AnyOf {
		for id := range set(other, m) {
			in[id] = true
		}
	}
	for _, id := range a.Except {
		delete(in, id)
	}
	for _, x := range m.Members {
		if a.Within != nil && !set(*a.Within, m)[x.ID] || a.Where != "" && !wheres[a.Where](x) {
			delete(in, x.ID)
		}
	}
	return in
}

func recipients(r audience.Resolution) []chat.UserID {
	to, _ := r.Recipients()
	return to.IDs()
}

func TestRecipientsAreThoseOfRuleAndCeilingAmongTheMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, a, c := group(t), rule(t, "rule", 2), rule(t, "ceiling", 2)
		named, allowed := set(a, m), set(c, m)
		var want []chat.UserID
		for _, x := range m.Members {
			if named[x.ID] && allowed[x.ID] {
				want = append(want, x.ID)
			}
		}
		if diff := cmp.Diff(want, recipients(audience.Resolve(a, c, m))); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	})
}

func TestEveryMemberAndEveryNamedUserHasOneReason(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, a, c := group(t), rule(t, "rule", 2), rule(t, "ceiling", 1)
		seen := map[chat.UserID]audience.Decision{}
		for _, d := range audience.Resolve(a, c, m).Decisions {
			if _, twice := seen[d.Member.ID]; twice || d.Reason == "" {
				t.Fatalf("%+v: decided twice or without a reason", d)
			}
			seen[d.Member.ID] = d
		}
		for _, x := range m.Members {
			if d, ok := seen[x.ID]; !ok || d.Member != x {
				t.Fatalf("member %v: decided %+v, %v", x, d, ok)
			}
		}
		for _, id := range a.Users {
			if _, ok := seen[id]; !ok && !slices.Contains(a.Except, id) {
				t.Fatalf("%s is named and there is no decision", id)
			}
		}
	})
}

func TestOneMemberIsJudgedAsInTheWholeGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, a, c := group(t), rule(t, "rule", 2), rule(t, "ceiling", 1)
		r := audience.Resolve(a, c, m)
		for _, x := range m.Members {
			in, reason := audience.Qualifies(a, c, x)
			if d, _ := r.For(x.ID); d.In != in || d.Reason != reason {
				t.Fatalf("%v: %+v in the group, %v %q alone", x, d, in, reason)
			}
		}
	})
}

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, a, c := group(t), rule(t, "rule", 2), rule(t, "ceiling", 1)
		shuffled := m
		shuffled.Members = rapid.Permutation(m.Members).Draw(t, "members")
		b := a
		b.Users = rapid.Permutation(a.Users).Draw(t, "users")
		b.Roles = rapid.Permutation(a.Roles).Draw(t, "roles")
		b.Except = rapid.Permutation(a.Except).Draw(t, "except")
		b.AnyOf = rapid.Permutation(a.AnyOf).Draw(t, "union")
		if diff := cmp.Diff(recipients(audience.Resolve(a, c, m)), recipients(audience.Resolve(b, c, shuffled))); diff != "" {
			t.Fatalf("the order changed who is in:\n%s", diff)
		}
		// Who is in is a question of rules, but the words follow the rule as written.
		if diff := cmp.Diff(audience.Resolve(a, c, m), audience.Resolve(a, c, shuffled)); diff != "" {
			t.Fatalf("the order of the members changed a decision:\n%s", diff)
		}
	})
}

func TestAUnionHasThoseOfItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, a, b := group(t), rule(t, "one", 1), rule(t, "other", 1)
		want := append(recipients(audience.Resolve(a, chat.Everyone, m)), recipients(audience.Resolve(b, chat.Everyone, m))...)
		slices.Sort(want)
		want = slices.Compact(want)
		if got := recipients(audience.Resolve(a.Or(b), chat.Everyone, m)); !slices.Equal(want, got) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestALowerCeilingNeverAddsAnybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, a, c := group(t), rule(t, "rule", 2), rule(t, "ceiling", 2)
		before := recipients(audience.Resolve(a, c, m))
		after := recipients(audience.Resolve(a, c.But(ids.Draw(t, "one less")), m))
		for _, id := range after {
			if !slices.Contains(before, id) {
				t.Fatalf("%s came in when the ceiling was lowered", id)
			}
		}
	})
}

func TestWithinAndWhereNeverAddAnybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, a, b := group(t), rule(t, "rule", 2), rule(t, "another", 1)
		before := recipients(audience.Resolve(a, chat.Everyone, m))
		other := recipients(audience.Resolve(b, chat.Everyone, m))
		var both []chat.UserID
		for _, id := range before {
			if slices.Contains(other, id) {
				both = append(both, id)
			}
		}
		if got := recipients(audience.Resolve(a.Among(b), chat.Everyone, m)); !slices.Equal(got, both) {
			t.Fatalf("%v and %v have %v in common, not %v", before, other, both, got)
		}
		where := a
		where.Where = rapid.String().Draw(t, "anything")
		for _, id := range recipients(audience.Resolve(where, chat.Everyone, m)) {
			if a.Where == "" && !slices.Contains(before, id) {
				t.Fatalf("%s came in by where: %q", id, where.Where)
			}
		}
	})
}
