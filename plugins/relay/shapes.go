package relay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/botd-chat/botd/plugins"
)

// said is what a payload says.
type said struct{ text, author string }

// read finds the text in a payload: at field, if that is not empty, or else where
// chats have it.
func read(raw json.RawMessage, field string) (s said, err error) {
	var payload any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // a long number is an id, and stays exact
	if d.Decode(&payload) != nil {
		return s, errors.New("there is no payload whose text could be passed on")
	}
	s.author = plugins.OneLine(first(payload, "username", "user_name", "author.name", "author", "sender.login", "from"), maxName)
	if field != "" {
		if s.text = text(payload, field); blank(s.text) {
			return s, fmt.Errorf("the payload has no text at %s (field)", field)
		}
		return s, nil
	}
	if s.text = joined(known(payload)...); blank(s.text) {
		return s, errors.New("the payload has no text where one is looked for: text, content, message, msg, body, description, title, attachments, blocks, embeds, sections; say where it is by the option field")
	}
	return s, nil
}

func blank(s string) bool { return plugins.OneLine(s, 1) == "" }

// maxParts is how many of the parts of a payload are looked at; what follows would
// hardly fit.
const maxParts = 50

// known is the texts in the forms of chats, in the order in which these show them.
func known(payload any) (parts []string) {
	if s, ok := payload.(string); ok {
		return []string{s}
	}
	parts = append(parts, first(payload, "title", "subject"), slack(text(payload, "text")),
		first(payload, "content", "message", "message.text", "msg", "body", "body.text", "description"))
	for _, x := range list(payload, "attachments") { // Slack, Mattermost, Rocket.Chat
		parts = append(parts, attachment(x)...)
	}
	for _, x := range list(payload, "embeds") { // Discord
		parts = append(parts, text(x, "title"), text(x, "url"), text(x, "description"))
		parts = append(parts, fields(x, "name")...)
	}
	for _, x := range list(payload, "sections") { // Teams
		parts = append(parts, text(x, "activityTitle"), text(x, "text"))
	}
	if joined(parts...) == "" {
		for _, x := range list(payload, "blocks") { // Slack, which repeats them in text
			parts = append(parts, slack(text(x, "text.text")))
			parts = append(parts, fields(x, "")...)
		}
	}
	return parts
}

// attachment is what one says: a card, or the words of Slack.
func attachment(x any) (parts []string) {
	for _, line := range list(x, "content.body") { // Teams: an Adaptive Card
		parts = append(parts, text(line, "text"))
	}
	parts = append(parts, slack(text(x, "pretext")), slack(text(x, "title")), text(x, "title_link"), slack(text(x, "text")))
	parts = append(parts, fields(x, "title")...)
	if joined(parts...) == "" {
		parts = append(parts, slack(text(x, "fallback")))
	}
	return parts
}

// fields are lines of "name: value".
func fields(x any, name string) (lines []string) {
	for _, f := range list(x, "fields") {
		if line := strings.Trim(text(f, name)+": "+slack(first(f, "value", "text")), ": "); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// joined are the parts that say something, each on lines of its own, and each once
// where two that follow each other are the same.
func joined(parts ...string) string {
	var all []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" && (len(all) == 0 || all[len(all)-1] != p) {
			all = append(all, p)
		}
	}
	return strings.Join(all, "\n")
}

// at is what stands at a path such as "items.0.text"; nil for nothing.
func at(v any, path string) any {
	if path == "" {
		return nil
	}
	for name := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

// text is the text or the number at a path; empty for everything else.
func text(v any, path string) string {
	switch x := at(v, path).(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	}
	return ""
}

// first is the first text that is there.
func first(v any, paths ...string) string {
	for _, p := range paths {
		if s := text(v, p); !blank(s) {
			return s
		}
	}
	return ""
}

func list(v any, path string) []any {
	l, _ := at(v, path).([]any)
	return l[:min(len(l), maxParts)]
}

var (
	slackLink = regexp.MustCompile(`<(https?://[^|<>\s]+)(?:\|([^<>]*))?>`)
	slackCall = regexp.MustCompile(`<!(here|channel|everyone)(?:\|[^<>]*)?>`)
	slackSign = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// slack is a text of Slack's with its links and signs as people read them.
func slack(s string) string {
	s = slackLink.ReplaceAllStringFunc(s, func(link string) string {
		found := slackLink.FindStringSubmatch(link)
		if found[2] == "" || found[2] == found[1] {
			return found[1]
		}
		return found[2] + " (" + found[1] + ")"
	})
	return slackSign.Replace(slackCall.ReplaceAllString(s, "@$1"))
}
