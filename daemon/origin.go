package daemon

import (
	"fmt"
	"strings"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

// origin tells which webhook an event came of.
func (p *printer) origin(o *chat.Origin) {
	if o == nil {
		return
	}
	what := []string{"posted to hook " + o.Hook + " (" + o.Scheme + ")"}
	if o.Scheme == chat.SchemeCallback {
		what[0] = "told by the chat service"
	}
	switch o.Type {
	case "":
	case readInHistory:
		what[0] = "found in the group's history"
	default:
		what = append(what, o.Type)
	}
	if o.ID != "" {
		what = append(what, "delivery "+o.ID)
	}
	if o.Credential != "" {
		what = append(what, "with credential "+o.Credential)
	}
	p.line(1, "%s", strings.Join(what, ", "))
	if o.SameAs != 0 {
		p.line(1, "the body is that of event %s, which came under another id: somebody had it sent again, or captured it", o.SameAs)
	}
	if o.Ceiling != nil {
		p.line(1, "can reach no more than %s", ceilingText(*o.Ceiling))
	}
}

// ceilingText says what bounds an event besides its bot.
func ceilingText(c chat.Ceiling) string {
	var bounds []string
	if c.Audience != nil {
		bounds = append(bounds, audience.Describe(*c.Audience))
	}
	if c.Recipients > 0 {
		bounds = append(bounds, fmt.Sprintf("%d recipients with one message", c.Recipients))
	}
	return strings.Join(bounds, ", ")
}
