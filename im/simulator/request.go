package simulator

import (
	"encoding/json"
	"math"
	"slices"
)

// readSent reads the fields of send_group_msg. With an error it returns what it
// had read by then, for the record.
func (s *Simulator) readSent(f fields) (m sent, err error) {
	for _, read := range []func(fields, *sent) error{
		readGroup, readRandom, readList, readFrom, s.readBody, readMentions, readFlags,
	} {
		if err := read(f, &m); err != nil {
			return m, err
		}
	}
	return m, nil
}

func readGroup(f fields, m *sent) (err error) {
	if _, ok := f["GroupId"]; !ok {
		return refuse(10004, "GroupId is missing")
	}
	m.group, err = f.text("GroupId")
	return err
}

func readRandom(f fields, m *sent) error {
	n, found, err := f.integer("Random", math.MaxUint32)
	if err != nil {
		return err
	}
	if !found {
		return refuse(10004, "Random is missing")
	}
	m.random = uint32(n)
	return nil
}

func readFrom(f fields, m *sent) (err error) {
	m.from, err = f.account("From_Account")
	return err
}

func (s *Simulator) readBody(f fields, m *sent) (err error) {
	m.body = f["MsgBody"]
	elements, ok := entries(m.body)
	if !ok || len(elements) == 0 {
		return refuse(10004, "MsgBody is not an array with elements")
	}
	if len(m.body) > maxMsgBody {
		return refuse(80002, "MsgBody is over 12 KB")
	}
	m.text, err = readElements(elements, s.modes.SecondCustom == "accepted")
	return err
}

func readMentions(f fields, m *sent) error {
	raw, ok := f["GroupAtInfo"]
	if !ok {
		return nil
	}
	var entries []fields
	if json.Unmarshal(raw, &entries) != nil {
		return refuse(10004, "GroupAtInfo is not an array of objects")
	}
	m.at, m.mentions = raw, len(entries)
	for _, e := range entries {
		all, _, err := e.integer("GroupAtAllFlag", 1)
		if err != nil {
			return err
		}
		if _, err := e.account("GroupAt_Account"); err != nil {
			return err
		}
		m.atAll = m.atAll || all == 1
	}
	return nil
}

// readFlags reads what changes how a message is treated, and checks the rest.
func readFlags(f fields, m *sent) (err error) {
	if m.priority, err = readPriority(f); err != nil {
		return err
	}
	online, _, err := f.integer("OnlineOnlyFlag", math.MaxUint32)
	if err != nil {
		return err
	}
	m.onlineOnly = online > 0
	if m.control, err = f.words("SendMsgControl"); err != nil {
		return err
	}
	if m.forbid, err = f.words("ForbidCallbackControl"); err != nil {
		return err
	}
	if _, err = f.object("OfflinePushInfo"); err != nil {
		return err
	}
	m.custom, err = f.text("CloudCustomData")
	return err
}

func readPriority(f fields) (int, error) {
	name, err := f.text("MsgPriority")
	if err != nil {
		return 0, err
	}
	if name == "" {
		name = "Normal"
	}
	p := slices.Index(priorities, name)
	if p < 0 {
		return 0, refuse(10004, "MsgPriority is not High, Normal or Low")
	}
	return p, nil
}
