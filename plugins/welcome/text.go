package welcome

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// text is a text with names in braces for what is known of a member.
type text string

// names are those that can stand in braces.
var names = []string{"id", "name", "role"}

var braces = regexp.MustCompile(`\{([a-z_]*)\}`)

// UnmarshalText reads a text that is not blank, and whose names in braces are known.
func (t *text) UnmarshalText(raw []byte) error {
	if strings.TrimSpace(string(raw)) == "" {
		return errors.New("is empty; leave it out to have the usual words")
	}
	for _, found := range braces.FindAllSubmatch(raw, -1) {
		if name := string(found[1]); !slices.Contains(names, name) {
			return fmt.Errorf("says {%s}, which is not known; have {%s}", name, strings.Join(names, "}, {"))
		}
	}
	*t = text(raw)
	return nil
}

// maxName is how many characters of a name are shown.
const maxName = 60

// of is the text about a member. What the member chose to be called cannot look like
// more than a name.
func (t text) of(m chat.Member) string {
	return braces.ReplaceAllStringFunc(string(t), func(name string) string {
		switch name {
		case "{id}":
			return string(m.ID)
		case "{role}":
			return string(m.Role)
		}
		return cmp.Or(plugins.OneLine(m.Name, maxName), string(m.ID))
	})
}
