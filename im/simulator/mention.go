package simulator

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// everybodyMentioned is how an Utterance mentions the whole group.
const everybodyMentioned = "@all"

// mention fills GroupAtInfo.
func (m *sent) mention(names []string, g *group) {
	if names == nil {
		names = g.named(m.text)
	}
	if len(names) == 0 {
		return
	}
	list := make([]entry, len(names))
	for i, name := range names {
		list[i] = entry{"GroupAtAllFlag": 0, "GroupAt_Account": name}
		if name == everybodyMentioned {
			list[i] = entry{"GroupAtAllFlag": 1}
			m.atAll = true
		}
	}
	m.mentions = len(list)
	m.at, _ = compact(list)
}

// named lists the members whose id or name card stands in a text after an @, as an
// app would complete it.
func (g *group) named(text string) []string {
	var out []string
	for _, word := range strings.Fields(text) {
		name, marked := strings.CutPrefix(word, "@")
		if !marked {
			continue
		}
		if name == "all" {
			out = append(out, everybodyMentioned)
		}
		for _, m := range g.joined {
			if m.account.id == name || m.card != "" && m.card == name {
				out = append(out, m.account.id)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func textBody(text string) (json.RawMessage, error) {
	body, err := compact([]map[string]any{{"MsgType": "TIMTextElem", "MsgContent": map[string]string{"Text": text}}})
	if err == nil && len(body) > maxMsgBody {
		err = errors.New("the text is over 12 KB")
	}
	return body, err
}
