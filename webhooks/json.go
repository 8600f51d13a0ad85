package webhooks

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/botd-chat/botd/strictjson"
)

// maxDepth is how deep arrays and objects may be nested. Senders stay below
// ten; a bomb of brackets does not.
const maxDepth = 64

// checkJSON reports a body that is not UTF-8, not exactly one JSON value, or
// that two readers could understand differently: keys given twice in an object,
// halves of surrogate pairs, deep nesting. Its errors quote nothing.
func checkJSON(b []byte) error {
	err := strictjson.Check(b, maxDepth)
	switch {
	case err == nil:
		return nil
	// What is wrong first in the text may be a detail of something that is wrong
	// as a whole, and the whole is what the sender has to mend.
	case !utf8.Valid(b):
		return errors.New("the body is not UTF-8")
	case !json.Valid(b):
		return errors.New("the body is not exactly one JSON value")
	case errors.Is(err, strictjson.ErrDeep):
		return fmt.Errorf("the body is nested deeper than %d", maxDepth)
	case errors.Is(err, strictjson.ErrTwice):
		return errors.New("the body has an object in which a key is given twice")
	case errors.Is(err, strictjson.ErrSurrogate):
		return errors.New("the body has half a surrogate pair, which is no character")
	}
	return fmt.Errorf("the body is %w", err)
}
