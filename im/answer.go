package im

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// answer is a successful answer, its fields still as bytes. Fields are read by
// their exact names.
type answer struct {
	api    string
	fields []answered
}

// answered is one field of an answer.
type answered struct {
	name, value []byte
}

// field is the value of a field, the last one if there are several; nil when
// there is none.
func (a answer) field(name string) []byte {
	for _, f := range slices.Backward(a.fields) {
		if string(f.name) == name {
			return f.value
		}
	}
	return nil
}

// readAnswer decides by ErrorCode, and by nothing else: not by the HTTP status,
// not by ErrorInfo, and not by what may be missing. An answer without one says
// nothing about what happened.
func readAnswer(api string, body []byte) (answer, *Error) {
	a := answer{api: api}
	var ok bool
	if a.fields, ok = fieldsOf(body); !ok {
		return a, a.unreadable("it is not a JSON object")
	}
	code, err := strconv.Atoi(string(a.field("ErrorCode")))
	if err != nil {
		return a, a.unreadable("it has no ErrorCode")
	}
	if code != 0 {
		return a, ofCode(api, code, a.words("ErrorInfo"))
	}
	if raw := a.field("ActionStatus"); raw != nil && string(raw) != `"OK"` {
		return a, a.unreadable("its ErrorCode is 0 and its ActionStatus is not OK")
	}
	return a, nil
}

// unreadable is the error for an answer that does not say what happened.
func (a answer) unreadable(why string) *Error {
	return &Error{API: a.api, Class: Unclear, Err: errors.New("the answer cannot be used: " + why)}
}

// words is a field for people; "" when there is none.
func (a answer) words(name string) string {
	var s string
	if json.Unmarshal(a.field(name), &s) != nil {
		return ""
	}
	return s
}

// number is a field that nothing depends on; 0 when there is none. It never
// passes through a float.
func (a answer) number(name string) uint32 {
	n, err := strconv.ParseUint(string(a.field(name)), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// must reads a field that the call is for. When it is missing, the answer is
// unreadable: a missing list is not an empty one.
func (a answer) must(name string, into any) error {
	raw := a.field(name)
	if raw == nil || string(raw) == "null" {
		return a.unreadable(name + " is missing")
	}
	if json.Unmarshal(raw, into) != nil {
		return a.unreadable(fmt.Sprintf("%s is not of its type", name))
	}
	return nil
}

// exactly reads an object of an answer into the given fields, by their exact
// names. A known name that is there twice is an error: which of them holds is
// not for us to guess. Others are passed over.
func exactly(b []byte, into map[string]any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	seen := map[string]bool{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := name.(string)
		field, known := into[key]
		switch {
		case !known:
			field = new(json.RawMessage)
		case seen[key]:
			return fmt.Errorf("%s is there twice", key)
		}
		seen[key] = true
		if err := dec.Decode(field); err != nil {
			return err
		}
	}
	return nil
}
