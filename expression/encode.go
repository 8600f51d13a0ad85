package expression

import (
	"encoding/json"
	"errors"
	"fmt"
)

// maxNested is how deep lists and objects may stand within each other in what is
// kept: what is put into itself again and again would end as something that nothing
// can read.
const maxNested = 50

// Encode writes what an expression gave as JSON that [Decode] reads, of at most so
// many bytes. Nothing is null, and a time is a text. Errors leave the value out.
func Encode(v any, most int) (json.RawMessage, error) {
	// Before it is written: a list of a thousand times one text is short, and what is
	// written of it is not.
	if deepSize(v, most) > most {
		return nil, tooLong(most)
	}
	if nested(v, maxNested) {
		return nil, fmt.Errorf("the result has lists or objects that are nested deeper than %d", maxNested)
	}
	raw, err := json.Marshal(v)
	switch {
	case err != nil: // whose words may quote the value
		return nil, errors.New("the result is nothing that can be kept, such as a number without an end or a function")
	case len(raw) > most:
		return nil, tooLong(most)
	}
	return raw, nil
}

func tooLong(most int) error {
	return fmt.Errorf("the result has more than %d bytes of JSON; keep less of it, as with [-100:] behind a list, which is its last hundred", most)
}

// nested reports whether something stands deeper in v than so many levels.
func nested(v any, levels int) bool {
	if levels < 0 {
		return true
	}
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if nested(x, levels-1) {
				return true
			}
		}
	case map[string]any:
		for _, x := range v {
			if nested(x, levels-1) {
				return true
			}
		}
	}
	return false
}
