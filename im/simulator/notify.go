package simulator

// fromSystem is who a group's system notifications come from.
const fromSystem = "@TIM#SYSTEM"

// maxNotified is the most accounts that ToMembers_Account may hold in the older pages;
// the newest says 50.
const maxNotified = 500

// notifyGroup is send_group_system_notification (product/1047/34958): to members who
// are online, kept nowhere, without callbacks and outside the group's rate. Without a
// list it goes to everybody, as does every one in an AVChatRoom.
func (s *Simulator) notifyGroup(c *call) (any, error) {
	g, err := s.groupOf(c)
	if err != nil {
		return nil, err
	}
	content, err := c.body.text("Content")
	if err != nil || content == "" {
		return nil, refuse(10004, "Content is no text")
	}
	ids, isArray, err := c.body.accounts("ToMembers_Account")
	if err != nil {
		return nil, err
	}
	if isArray {
		c.note.Recipients = len(ids)
	}
	if len(ids) > maxNotified {
		return nil, refuse(10004, "ToMembers_Account has more than 500 entries")
	}
	m := &Message{
		Group: g.id, Time: s.Now(), From: fromSystem, Reason: Broadcast, Recipients: g.broadcast(true), Asked: ids,
		Text: content, Elements: []byte("[]"), Priority: priorities[1], OnlineOnly: true,
	}
	if len(ids) > 0 && g.kind != "AVChatRoom" {
		m.Reason, m.Recipients = Targeted, g.reach(ids, true)
	}
	s.deliver(m)
	return okay, nil
}
