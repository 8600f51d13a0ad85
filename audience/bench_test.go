package audience_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

// BenchmarkResolveASmallGroup is what most messages are: to the admins of a class.
func BenchmarkResolveASmallGroup(b *testing.B) {
	members := []chat.Member{{ID: "alice", Role: chat.Owner}, {ID: "bob", Role: chat.Admin}}
	for i := range 18 {
		members = append(members, chat.Member{ID: chat.UserID(fmt.Sprintf("pupil%02d", i)), Role: chat.Normal})
	}
	group, err := audience.NewMembership("g", chat.Public, members, time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	group = group.Hashed() // as the directory does
	b.ReportAllocs()
	for b.Loop() {
		if to, ok := audience.Resolve(chat.Admins, chat.Everyone, group).Recipients(); !ok || to.Len() != 2 || group.Hash() == "" {
			b.Fatal("not the two")
		}
	}
}

// The largest group that has targeted messages has 6,000 members
// (product/1047/33529).
func BenchmarkResolveTheLargestGroup(b *testing.B) {
	var members []chat.Member
	var some []chat.UserID
	for i := range 6000 {
		m := chat.Member{ID: chat.UserID(fmt.Sprintf("member%04d", i)), Role: chat.Normal}
		if i%100 == 0 {
			m.Role = chat.Admin
			some = append(some, m.ID)
		}
		members = append(members, m)
	}
	group, err := audience.NewMembership("g", chat.Public, members, time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		rule chat.Audience
	}{{"admins", chat.Admins}, {"everyone but 60", chat.Everyone.But(some...)}, {"60 by name", chat.Users(some...)}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, ok := audience.Resolve(c.rule, chat.Everyone, group).Recipients(); !ok {
					b.Fatal("nobody")
				}
			}
		})
	}
}
