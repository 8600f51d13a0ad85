package oncall

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/rules/presets"
)

// payload is what is looked at of what is posted.
type payload struct {
	ID       json.RawMessage `json:"id"` // a text or a number
	Text     string          `json:"text"`
	Resolved bool            `json:"resolved"`

	// Of Alertmanager and Grafana.
	GroupKey string            `json:"groupKey"`
	Status   string            `json:"status"`
	Alerts   []json.RawMessage `json:"alerts"`
	OrgID    json.RawMessage   `json:"orgId"` // only Grafana has it
}

// Validate reports what is no alert.
func (p payload) Validate() error {
	id := bytes.TrimSpace(p.ID)
	if p.GroupKey == "" && (len(id) == 0 || bytes.ContainsAny(id[:1], "{[n")) {
		return errors.New(`this is no alert: want what Alertmanager or Grafana post, or {"id": "disk-7", "text": "The disk is full"}`)
	}
	if p.GroupKey == "" && !p.Resolved && strings.TrimSpace(p.Text) == "" {
		return errors.New("text: is missing: what does the alert say?")
	}
	return nil
}

// alert is what a payload says.
type alert struct {
	key         string // the same for all that is said of it
	title, text string
	resolved    bool
}

const (
	maxTitle = 120  // characters
	maxText  = 1200 // characters: many alerts are remembered at a time
)

// read makes an alert of a payload. Whatever it says, somebody has to hear of it.
func read(p payload, raw json.RawMessage) alert {
	if p.GroupKey == "" {
		return p.alert("id "+string(p.ID), p.Text, p.Resolved)
	}
	preset := "alertmanager"
	if len(p.OrgID) > 0 {
		preset = "grafana"
	}
	text, err := presets.Text(preset, "", raw)
	if err != nil {
		text = "An alert whose payload is not as it should be: " + err.Error()
	}
	a := p.alert("group "+p.GroupKey, text, p.Status == "resolved")
	a.title = counted.ReplaceAllString(a.title, "")
	return a
}

// counted is how a text begins that says how many alerts of a group are firing, which
// is not so for long.
var counted = regexp.MustCompile(`(?i)^(\[(firing|resolved)[^\]]*\] |(\d+ )?(firing|resolved)(, \d+ resolved)?: )`)

func (p payload) alert(key, text string, resolved bool) alert {
	sum := sha256.Sum256([]byte(key))
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return alert{
		key:   hex.EncodeToString(sum[:12]),
		title: plugins.OneLine(first, maxTitle), text: plugins.Lines(text, maxText),
		resolved: resolved,
	}
}
