package callbacks

import (
	"encoding/json"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// Judged is what becomes of something that is written.
type Judged struct {
	Text   string // as the command that it is, where it was in disguise
	Rules  []Rule // that hold it; or else those that replaced words in it, and those that hear it
	Held   bool
	Masked string // what the group sees in its place; empty: what was written
}

// Judge says what becomes of a text by the rules of one application, as a [Receiver]
// does: for whoever tries rules without a service. Via, From and Text of the message
// count, and of a mention all rules are for the robot that it names.
func Judge(rules []Rule, g chat.GroupID, m Message, roles func(chat.UserID) (chat.Role, bool)) Judged {
	d := desk{rooms: map[chat.GroupID]*room{}, direct: map[chat.UserID][]Rule{}}
	for _, r := range rules {
		r.Mask = r.Mask.compiled()
		d.add(r)
	}
	j := Judged{Text: m.Text}
	here := d.room(g)
	switch m.Via {
	case chat.ViaDirect:
		for _, list := range d.direct {
			j.Rules = append(j.Rules, opening(list, m, roles)...)
		}
		return j
	case chat.ViaMention:
		j.Rules = opening(here.mention, m, roles)
		return j
	case chat.ViaGroup:
	}
	m.Elements = encoded([]any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]string{"Text": m.Text}}})
	v := here.judge(m, roles)
	if j.Held = len(v.hold) > 0; j.Held {
		j.Rules, j.Text = v.hold, v.message.Text
		return j
	}
	if len(v.mask) > 0 {
		texts, _ := textsOf(json.RawMessage(v.masked)) // which was made of one
		j.Masked = strings.Join(texts, "\n")
	}
	j.Rules = append(v.mask, opening(here.open, m, roles)...)
	return j
}
