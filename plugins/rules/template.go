package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/expression"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/rules/presets"
)

// template is a text with expressions between {{ and }}.
type template struct{ parts []part }

// part is a piece of a template: an expression, or text as it stands there.
type part struct {
	text    string
	program *expression.Program // nil: text
}

// parse reads a template, and says all that is wrong with it.
func parse(text string, have members, names expression.Names) (*template, []error) {
	t := &template{}
	var errs []error
	for at := 0; at < len(text); {
		open := strings.Index(text[at:], "{{")
		if open < 0 {
			t.parts = append(t.parts, part{text: text[at:]})
			break
		}
		if open > 0 {
			t.parts = append(t.parts, part{text: text[at : at+open]})
		}
		from := at + open + 2
		length := closing(text[from:])
		if length < 0 {
			return t, append(errs, placed(text, at+open, &expression.Error{Message: "{{ has no }} after it", Line: 1, Column: 1}))
		}
		program, err := inner(text[from:from+length], have, names)
		if err != nil {
			errs = append(errs, placed(text, from, err))
		}
		t.parts = append(t.parts, part{program: program})
		at = from + length + 2
	}
	return t, errs
}

func inner(source string, have members, names expression.Names) (*expression.Program, error) {
	if strings.TrimSpace(source) == "" {
		return nil, &expression.Error{Message: "there is nothing between {{ and }}", Line: 1, Column: 1}
	}
	p, err := expression.Compile(source, names)
	if err == nil {
		err = have.misspelt(source)
	}
	return p, err
}

// closing is where the }} stands that ends an expression: outside of its texts
// and of its own braces; -1 if there is none.
func closing(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\'', '`':
			end := quoted(s[i:], c)
			if end < 0 {
				return -1
			}
			i += end
		case '{':
			depth++
		case '}':
			if depth == 0 && strings.HasPrefix(s[i:], "}}") {
				return i
			}
			depth = max(0, depth-1)
		}
	}
	return -1
}

// quoted is where a text ends that s begins with; -1 if it does not.
func quoted(s string, mark byte) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == mark:
			return i
		case s[i] == '\\' && mark != '`':
			i++
		}
	}
	return -1
}

// placed is a mistake in an expression as one in the template, in which the
// expression begins at from.
func placed(text string, from int, err error) error {
	var at *expression.Error
	if !errors.As(err, &at) {
		return err
	}
	moved := *at
	begin := strings.LastIndexByte(text[:from], '\n') + 1
	if at.Line == 1 {
		moved.Column += utf8.RuneCountInString(text[begin:from])
	}
	moved.Line += strings.Count(text[:from], "\n")
	moved.Text = strings.Split(text, "\n")[moved.Line-1]
	return &moved
}

// run is the text for these values: tidy, without what could hide or pretend
// something in what came from outside, and cut to what a message can carry.
func (t *template) run(now values) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.program == nil {
			b.WriteString(p.text)
			continue
		}
		v, err := p.program.Run(now)
		if err != nil {
			return "", fmt.Errorf("{{%s}}: %w", p.program, err)
		}
		s, err := written(v)
		if err != nil {
			return "", fmt.Errorf("{{%s}}: %w", p.program, err)
		}
		b.WriteString(plugins.Clean(s))
	}
	return plugins.Fit(b.String()), nil
}

// written is a value as text; nothing is no text.
func written(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case time.Time:
		return v.Format("2006-01-02 15:04 MST"), nil
	}
	return "", fmt.Errorf(`the result is %s and not a text; write join(…, ", ") or string(…) around it, or name what is in it`, expression.Kind(v))
}

// text is what the rule says of an event.
func (x rule) text(e chat.Event, now values) (string, error) {
	switch {
	case x.say != nil:
		s, err := x.say.run(now)
		return s, in("say", err)
	case x.preset == "":
		return "", nil
	}
	kind := ""
	if e.Origin != nil {
		kind = e.Origin.Type
	}
	s, err := presets.Text(x.preset, kind, e.Payload)
	return s, err
}

// collapseKey makes one line of a text that is not too long for a key.
func collapseKey(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= chat.MaxCollapse {
		return s
	}
	digest := sha256.Sum256([]byte(s))
	return hex.EncodeToString(digest[:])
}
