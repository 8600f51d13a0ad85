package chat

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Rendering is another body of a message, for some of those it is for. Each recipient of a
// message gets the body of the first rendering whose To has them, and the message's own
// if none has; so nobody gets two.
type Rendering struct {
	To       Audience  `json:"to"` // among those of the message
	Text     string    `json:"text,omitempty"`
	Elements []Element `json:"elements,omitempty"`
}

// MaxRenderings is how many a message may have: one for each of a group that is addressed
// one by one.
const MaxRenderings = 500

// MaxRendered is how many bytes the renderings of a message may have together, as JSON.
// They are read whenever the message is worked on.
const MaxRendered = 512 << 10

// Body is the rendering's elements with Text, if any, as the first.
func (r Rendering) Body() []Element { return bodyOf(r.Text, r.Elements) }

// BodyOf is what the recipients of a rendering are told, counted from 1; of 0 it is the
// message's own body, and of one that the message has not it is none.
func (m Message) BodyOf(rendering int) []Element {
	switch {
	case rendering == 0:
		return m.Body()
	case rendering < 0 || rendering > len(m.Renderings):
		return nil
	}
	return m.Renderings[rendering-1].Body()
}

// HasBody reports whether the message has a body of its own, for those of whom no
// rendering is. Without one they get nothing.
func (m Message) HasBody() bool { return m.Text != "" || len(m.Elements) > 0 }

// Bind binds the message's rule and those of its renderings; see [Audience.Bind].
func (m Message) Bind(sender UserID) Message {
	m.To = m.To.Bind(sender)
	m.Renderings = copied(m.Renderings)
	for i := range m.Renderings {
		m.Renderings[i].To = m.Renderings[i].To.Bind(sender)
	}
	return m
}

// Rules are the rules of the renderings, in their order.
func (m Message) Rules() []Audience {
	var rules []Audience
	for _, r := range m.Renderings {
		rules = append(rules, r.To)
	}
	return rules
}

func (m Message) validateRenderings() error {
	if n := len(m.Renderings); n > MaxRenderings {
		return fmt.Errorf("it has %d renderings, and a message may have %d; make several messages of it", n, MaxRenderings)
	}
	for i, r := range m.Renderings {
		err := r.To.Validate()
		if err == nil {
			err = validateBody(r.Body(), errors.New("says nothing: it has neither text nor elements"))
		}
		if err != nil {
			return fmt.Errorf("rendering %d: %w", i+1, err)
		}
	}
	if len(m.Renderings) == 0 {
		return nil
	}
	raw, err := json.Marshal(m.Renderings)
	if err != nil {
		return fmt.Errorf("its renderings are not JSON: %w", err)
	}
	if len(raw) > MaxRendered {
		return fmt.Errorf("its %d renderings have %d bytes of JSON together, and may have %d; say less, or make several messages of it",
			len(m.Renderings), len(raw), MaxRendered)
	}
	return nil
}

// cloneRenderings copies them, as [Message.Clone] does.
func (m *Message) cloneRenderings() (err error) {
	m.Renderings = copied(m.Renderings)
	for i := range m.Renderings {
		r := &m.Renderings[i]
		if r.To, err = r.To.clone(maxAudienceDepth); err != nil {
			return fmt.Errorf("rendering %d: %w", i+1, err)
		}
		r.Elements = cloneElements(r.Elements)
	}
	return nil
}

// Share is some of a message's recipients, who all get the same of its bodies: that of
// this rendering, as [Message.BodyOf] counts them.
type Share struct {
	Rendering  int
	Recipients Recipients
}

// Parts splits a share into batches of at most [MaxRecipients].
func (s Share) Parts() []Share {
	var parts []Share
	for _, r := range s.Recipients.Parts() {
		parts = append(parts, Share{s.Rendering, r})
	}
	return parts
}
