package simulator

import "math"

// modifyGroupMsg is modify_group_msg (product/1047/47948): other content for a message
// that is kept. Whoever received it sees the new content from then on.
func (s *Simulator) modifyGroupMsg(c *call) (any, error) {
	g, err := s.groupOf(c)
	if err != nil {
		return nil, err
	}
	if g.kind == "AVChatRoom" {
		return nil, refuse(10007, "an AVChatRoom keeps no messages")
	}
	seq, found, err := c.body.integer("MsgSeq", math.MaxUint32)
	if err != nil || !found {
		return nil, refuse(90004, "MsgSeq is no number of a message")
	}
	m := s.keptMessage(g, uint32(seq))
	if m == nil || !m.Recalled.IsZero() {
		return nil, refuse(20022, "there is no such message")
	}
	content, err := s.readModified(c.body)
	if err != nil {
		return nil, err
	}
	if content.body != nil {
		m.Elements, m.Text = content.body, content.text
	}
	if content.custom != nil {
		m.CustomData = *content.custom
	}
	s.hub.changed()
	return envelope{ActionStatus: "OK", ErrorInfo: "succeed"}, nil
}

// readModified reads the new content of a message.
func (s *Simulator) readModified(f fields) (v verdict, err error) {
	if _, ok := f["MsgBody"]; ok {
		var l letter
		if err := s.readLetterBody(f, 93000, &l); err != nil {
			return v, err
		}
		v.body, v.text = l.body, l.text
	}
	if _, ok := f["CloudCustomData"]; ok {
		custom, err := f.text("CloudCustomData")
		if err != nil {
			return v, refuse(90001, "CloudCustomData is not a string")
		}
		v.custom = &custom
	}
	if v.body == nil && v.custom == nil {
		return v, refuse(90001, "neither MsgBody nor CloudCustomData is there")
	}
	return v, nil
}
