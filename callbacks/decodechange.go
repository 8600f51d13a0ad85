package callbacks

import (
	"github.com/botd-chat/botd/chat"
)

func change(f *fields, c *Callback, what chat.What, how string, users ...chat.UserID) {
	inGroup(f, c)
	// Without the time of what happened, somebody who leaves and comes back would look
	// like a repeat.
	f.must(!c.At.IsZero(), "EventTime")
	c.Change = &Change{What: what, Users: users, By: f.user("Operator_Account"), How: how}
}

func joined(f *fields, c *Callback) {
	users := f.members("NewMemberList")
	f.must(len(users) > 0, "NewMemberList")
	change(f, c, chat.MemberJoined, f.text("JoinType"), users...)
}

func left(f *fields, c *Callback) {
	users := f.members("ExitMemberList")
	f.must(len(users) > 0, "ExitMemberList")
	change(f, c, chat.MemberLeft, f.text("ExitType"), users...)
}

// memberChanged is one of Role and NameCard, or both; only the role is told to bots.
func memberChanged(f *fields, c *Callback) {
	inGroup(f, c)
	who := f.somebody("Modified_Account")
	if f.text("Role") != "" {
		change(f, c, chat.RoleChanged, "", who)
	}
}

// ownerChanged changes two roles. A group may have had no owner.
func ownerChanged(f *fields, c *Callback) {
	users := []chat.UserID{f.somebody("NewOwner_Account")}
	if old := f.user("OldOwner_Account"); old != "" && old != users[0] {
		users = append(users, old)
	}
	change(f, c, chat.RoleChanged, "", users...)
}

func destroyed(f *fields, c *Callback) {
	f.members("MemberList") // absent for communities
	change(f, c, chat.GroupDestroyed, "")
}
