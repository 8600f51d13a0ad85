package callbacks

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// message reads what all messages have.
func message(f *fields) *Message {
	m := &Message{From: f.somebody("From_Account"), Mark: f.text("CloudCustomData"), Elements: f.of["MsgBody"]}
	if n, there := f.whole("MsgTime", 53); there && n > 0 {
		m.Time = time.Unix(int64(n), 0)
	}
	f.must(m.Elements != nil, "MsgBody")
	texts, err := textsOf(m.Elements)
	if err != nil && f.err == nil {
		f.err = err
	}
	m.Text = strings.Join(texts, "\n")
	return m
}

// groupMessage is of the field tables of product/1047/34374, 34375 and 68953.
func groupMessage(f *fields, c *Callback) {
	inGroup(f, c)
	m := message(f)
	m.Via, m.Operator, m.Seq = chat.ViaGroup, f.user("Operator_Account"), f.uint32("MsgSeq")
	n, there := f.whole("Random", 32)
	f.must(there, "Random") // without it a repeat would be a message of its own
	m.Random = uint32(n)
	f.read("AtRobots_Account", &m.Robots)
	if c.Command == RobotInGroup {
		m.Via = chat.ViaMention
	}
	c.Message = m
}

// sentGroupMessage has its number, too.
func sentGroupMessage(f *fields, c *Callback) {
	groupMessage(f, c)
	if f.uint32("OnlineOnlyFlag") == 0 { // that takes no number
		f.must(c.Message.Seq != 0, "MsgSeq")
	}
}

// directMessage is of product/1047/34364, 34365 and 68952. MsgKey is made of the three
// numbers, and not each version of the callback before has it.
func directMessage(f *fields, c *Callback) {
	m := message(f)
	m.Via, m.To, m.Random, m.Key = chat.ViaDirect, f.somebody("To_Account"), f.uint32("MsgRandom"), f.text("MsgKey")
	m.Operator = f.user("Operator_Account")
	if m.Key == "" {
		m.Key = fmt.Sprintf("%d_%d_%d", f.uint32("MsgSeq"), m.Random, m.Time.Unix())
	}
	if n, _ := f.whole("SendMsgResult", 32); n != 0 {
		return // it was not sent, so that nobody wrote anything
	}
	c.Message = m
}

// element is one of a MsgBody (product/1047/33527).
type element struct {
	kind    string
	content *fields
}

const textElement = "TIMTextElem"

// elementsOf takes a MsgBody apart.
func elementsOf(body json.RawMessage) (raw []json.RawMessage, list []element, err error) {
	if err := json.Unmarshal(body, &raw); err != nil || raw == nil {
		return nil, nil, fmt.Errorf("MsgBody is no list")
	}
	for _, r := range raw {
		f := fieldsOf(r)
		e := element{kind: f.text("MsgType"), content: fieldsOf(f.of["MsgContent"])}
		if f.err == nil && e.kind == textElement {
			f.err = e.content.err
		}
		if f.err != nil {
			return nil, nil, fmt.Errorf("an element of MsgBody: %w", f.err)
		}
		list = append(list, e)
	}
	return raw, list, nil
}

// textsOf are the texts of a MsgBody, one for each element that is one.
func textsOf(body json.RawMessage) (texts []string, err error) {
	_, list, err := elementsOf(body)
	for _, e := range list {
		if e.kind == textElement {
			texts = append(texts, e.content.text("Text"))
			if e.content.err != nil {
				return nil, fmt.Errorf("an element of MsgBody: %w", e.content.err)
			}
		}
	}
	return texts, err
}
