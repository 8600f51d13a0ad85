package chat_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

var members = rapid.Custom(func(t *rapid.T) []chat.Member {
	ids := rapid.SliceOfDistinct(userIDs, func(id chat.UserID) chat.UserID { return id }).Draw(t, "ids")
	slices.Sort(ids)
	list := make([]chat.Member, len(ids))
	for i, id := range ids {
		list[i] = chat.Member{ID: id, Role: rapid.SampledFrom([]chat.Role{chat.Owner, chat.Admin, chat.Normal}).Draw(t, "role")}
	}
	return list
})

func TestFindFindsWhoIsThereAndNobodyElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := chat.Membership{Members: members.Draw(t, "members")}
		id := userIDs.Draw(t, "somebody")
		got, ok := m.Find(id)
		i := slices.IndexFunc(m.Members, func(x chat.Member) bool { return x.ID == id })
		if ok != (i >= 0) || (ok && got != m.Members[i]) || (!ok && got != chat.Member{}) {
			t.Fatalf("Find(%q) is %+v, %v", id, got, ok)
		}
	})
}

func TestTheHashIsOfWhatWasReadAndNotOfWhen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := chat.Membership{Group: "@TGS#1", Type: chat.Work, Members: members.Draw(t, "members"), ReadAt: time.Unix(1, 0)}
		later := m
		later.ReadAt = time.Unix(2, 0)
		if m.Hash() != later.Hash() {
			t.Fatal("another time of reading, another hash")
		}
		// What was stored under a hash has to be found again.
		if got, want := m.Hash(), plainHash(m); got != want {
			t.Fatalf("the hash of %+v is %s, want %s", m, got, want)
		}
		if got := m.Hashed().Hash(); got != m.Hash() {
			t.Fatalf("kept is %s, want %s", got, m.Hash())
		}
		if rapid.Bool().Draw(t, "kept") {
			m = m.Hashed()
		}
		if len(m.Members) == 0 {
			return
		}
		i := rapid.IntRange(0, len(m.Members)-1).Draw(t, "who")
		changed := func(change func(*chat.Membership)) chat.Membership {
			own := m
			own.Members = slices.Clone(m.Members)
			change(&own)
			return own
		}
		for what, other := range map[string]chat.Membership{
			"group": changed(func(m *chat.Membership) { m.Group += "2" }),
			"type":  changed(func(m *chat.Membership) { m.Type = chat.Public }),
			"role":  changed(func(m *chat.Membership) { m.Members[i].Role += "!" }),
			"id":    changed(func(m *chat.Membership) { m.Members[i].ID += "!" }),
			"leave": changed(func(m *chat.Membership) { m.Members = slices.Delete(m.Members, i, i+1) }),
		} {
			if other.Hash() == m.Hash() {
				t.Fatalf("another %s, the same hash", what)
			}
		}
	})
	t.Run("no name passes for two", func(t *testing.T) {
		of := func(m ...chat.Member) chat.Membership { return chat.Membership{Members: m} }
		two := of(chat.Member{ID: "ann", Role: chat.Owner}, chat.Member{ID: "bo", Role: chat.Admin})
		for _, pair := range [][2]chat.Membership{
			{two, of(chat.Member{ID: "ann", Role: "owner\nbo admin"})},
			{two, of(chat.Member{ID: "ann", Role: "owner\"\n\"bo\" \"admin"})},
			{of(chat.Member{ID: "ann b", Role: "owner"}), of(chat.Member{ID: "ann", Role: "b owner"})},
			{{Group: "a\nWork", Type: "x"}, {Group: "a", Type: "Work\nx"}},
			{{Group: "a Work", Type: "x"}, {Group: "a", Type: "Work x"}},
		} {
			if pair[0].Hash() == pair[1].Hash() {
				t.Errorf("%+v and %+v have the same hash", pair[0], pair[1])
			}
		}
	})
}

// plainHash is the hash as it always was.
func plainHash(m chat.Membership) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q\n", m.Group, m.Type)
	for _, x := range m.Members {
		fmt.Fprintf(&b, "%q %q\n", x.ID, x.Role)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:16])
}

func TestReadingsAreEqualHoweverTheirHashesAreKept(t *testing.T) {
	m := chat.Membership{Group: "g", Type: chat.Work, Members: []chat.Member{{ID: "ann", Role: chat.Owner}}, ReadAt: time.Unix(1, 0)}
	if !m.Equal(m.Hashed()) {
		t.Error("a reading does not equal itself")
	}
	for what, other := range map[string]chat.Membership{
		"group":   {Group: "h", Type: m.Type, Members: m.Members, ReadAt: m.ReadAt},
		"type":    {Group: m.Group, Type: chat.Public, Members: m.Members, ReadAt: m.ReadAt},
		"members": {Group: m.Group, Type: m.Type, ReadAt: m.ReadAt},
		"time":    {Group: m.Group, Type: m.Type, Members: m.Members},
	} {
		if m.Equal(other) {
			t.Errorf("another %s, and they are equal", what)
		}
	}
}

func TestTargetedMessagesExistInThreeTypesOfGroupsOnly(t *testing.T) {
	for kind, want := range map[chat.GroupType]bool{
		chat.Work: true, chat.Public: true, chat.Meeting: true,
		chat.Community: false, chat.AVChatRoom: false, "": false, "work": false, "Private": false, "BChatRoom": false,
	} {
		if kind.Targetable() != want {
			t.Errorf("%q: %v", kind, !want)
		}
	}
}

func TestACommunityIsKnownByItsID(t *testing.T) {
	for id, want := range map[chat.GroupID]bool{
		"@TGS#_2ABC": true, "@TGS#_@TGS#cABC": true, "@TGS#2ABC": false, "class-7": false, "": false, "x@TGS#_2": false, "@TGS#": false,
	} {
		if id.IsCommunity() != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
}

func TestThereAreThreeRoles(t *testing.T) {
	for role, want := range map[chat.Role]bool{
		chat.Owner: true, chat.Admin: true, chat.Normal: true, "": false, "Owner": false, "admin ": false, "everyone": false,
	} {
		if err := role.Validate(); (err == nil) != want || (err != nil && !strings.Contains(err.Error(), "owner, admin, member")) {
			t.Errorf("%q: %v", role, err)
		}
	}
}
