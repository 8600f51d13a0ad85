package simulator

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// fields are the members of a JSON object under their exact names: the service
// takes case seriously, and a field that is misspelt is a field that is absent.
type fields map[string]json.RawMessage

// text reads a string that may be absent.
func (f fields) text(name string) (string, error) {
	var s string
	if raw, ok := f[name]; ok && (raw[0] != '"' || json.Unmarshal(raw, &s) != nil) {
		return "", refuse(10004, name+" is not a string")
	}
	return s, nil
}

// account reads an account id that may be absent.
func (f fields) account(name string) (string, error) {
	s, err := f.text(name)
	if err != nil {
		return "", refuse(60015, name+" is not a string")
	}
	return s, nil
}

// accounts reads an array of account ids; ok is false where the field is absent
// or no array.
func (f fields) accounts(name string) (ids []string, ok bool, err error) {
	raw, ok := entries(f[name])
	if !ok {
		return nil, false, nil
	}
	ids = make([]string, len(raw))
	for i, r := range raw {
		if r[0] != '"' || json.Unmarshal(r, &ids[i]) != nil {
			return nil, true, refuse(60015, name+" holds an id that is not a string")
		}
	}
	return ids, true, nil
}

// words reads an array of plain strings that may be absent.
func (f fields) words(name string) ([]string, error) {
	if _, ok := f[name]; !ok {
		return nil, nil
	}
	words, ok, err := f.accounts(name)
	if err != nil || !ok {
		return nil, refuse(10004, name+" is not an array of strings")
	}
	return words, nil
}

// integer reads a whole number from 0 to most that may be absent.
func (f fields) integer(name string, most uint64) (n uint64, found bool, err error) {
	raw, ok := f[name]
	if !ok {
		return 0, false, nil
	}
	n, err = strconv.ParseUint(string(raw), 10, 64)
	if err != nil || n > most {
		return 0, true, refuse(10004, name+" is no integer from 0 to "+strconv.FormatUint(most, 10))
	}
	return n, true, nil
}

// object reads a nested object that may be absent.
func (f fields) object(name string) (fields, error) {
	raw, ok := f[name]
	if !ok {
		return nil, nil
	}
	inner, ok := parseObject(raw)
	if !ok {
		return nil, refuse(10004, name+" is not an object")
	}
	return inner, nil
}

// parseObject reads a JSON object, and nothing but one.
func parseObject(body []byte) (fields, bool) {
	var f fields
	body = bytes.TrimLeft(body, " \t\r\n")
	if len(body) == 0 || body[0] != '{' || json.Unmarshal(body, &f) != nil {
		return nil, false
	}
	return f, true
}

// entries splits a JSON array; ok is false for anything else, null too.
func entries(raw json.RawMessage) (list []json.RawMessage, ok bool) {
	ok = len(raw) > 0 && raw[0] == '[' && json.Unmarshal(raw, &list) == nil
	return list, ok
}
