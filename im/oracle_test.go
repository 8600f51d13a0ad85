package im

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/botd-chat/botd/chat"
)

// A slower reading of the same rules, in any order of keys and with white space,
// which the guard is held against: it must never let pass what this one stops.

// object is a JSON object, its values still as bytes.
type object map[string]json.RawMessage

// readRequest reads a request and sees to it that no object in it, however deep,
// has a repeated or disguised key.
func readRequest(data []byte) (object, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	if err := plain(data); err != nil {
		return nil, err
	}
	return readObject(data)
}

// readObject reads an object that plain has seen.
func readObject(data []byte) (object, error) {
	var o object
	if err := json.Unmarshal(data, &o); err != nil || o == nil {
		return nil, errors.New("not a JSON object")
	}
	return o, nil
}

// level is an object or array that is being read.
type level struct {
	object bool
	keys   []string
	valued bool // of an object: the last key still waits for its value
}

// plain walks through JSON and looks at every key. What is no JSON for another
// reason than its keys is found when it is read.
func plain(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	var open []level
	for {
		t, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return errors.New("not JSON")
		}
		if n := len(open); n > 0 && open[n-1].object && !open[n-1].valued {
			if key, ok := t.(string); ok {
				if err := open[n-1].key(key, data[:dec.InputOffset()]); err != nil {
					return err
				}
				continue
			}
		}
		open = step(open, t)
	}
}

// step goes into an object or array, out of it, or past a value.
func step(open []level, t json.Token) []level {
	switch t {
	case json.Delim('{'), json.Delim('['):
		return append(open, level{object: t == json.Delim('{')})
	case json.Delim('}'), json.Delim(']'):
		open = open[:len(open)-1]
	}
	if n := len(open); n > 0 {
		open[n-1].valued = false
	}
	return open
}

// key takes a key, which must be letters, digits and underscores, written as they
// are, and there for the first time. upTo is the request up to it.
func (l *level) key(key string, upTo []byte) error {
	for _, c := range []byte(key) {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return errors.New("a key holds other than letters, digits and underscores")
		}
	}
	if !bytes.HasSuffix(upTo, []byte(`"`+key+`"`)) {
		return fmt.Errorf("key %s is written with escapes", key)
	}
	if slices.Contains(l.keys, key) {
		return fmt.Errorf("key %s is there twice", key)
	}
	l.keys, l.valued = append(l.keys, key), true
	return nil
}

// only reports a key that is missing or not among the given ones.
func (o object) only(keys ...string) error {
	for _, k := range keys {
		if _, ok := o[k]; !ok {
			return fmt.Errorf("key %s is missing", k)
		}
	}
	if len(o) != len(keys) {
		return fmt.Errorf("%d keys where %d are known", len(o), len(keys))
	}
	return nil
}

// text is a value that must be a string.
func (o object) text(key string) (string, error) {
	var s *string
	if err := json.Unmarshal(o[key], &s); err != nil || s == nil {
		return "", fmt.Errorf("%s is not a string", key)
	}
	return *s, nil
}

// list is a value that must be an array.
func (o object) list(key string) ([]json.RawMessage, error) {
	var l []json.RawMessage
	if err := json.Unmarshal(o[key], &l); err != nil || l == nil {
		return nil, fmt.Errorf("%s is not an array", key)
	}
	return l, nil
}

// texts is a value that must be an array of strings.
func (o object) texts(key string) ([]string, error) {
	list, err := o.list(key)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(list))
	for i, raw := range list {
		var s *string
		if err := json.Unmarshal(raw, &s); err != nil || s == nil {
			return nil, fmt.Errorf("%s holds other than strings", key)
		}
		out[i] = *s
	}
	return out, nil
}

// slowShowsNothing checks a request to an API that sends nothing. One that recalls
// says which messages of which group, and nothing for people to read.
func slowShowsNothing(api string, body []byte) error {
	o, err := readRequest(body)
	switch {
	case err != nil:
		return err
	case api == apiImport, api == apiRobot:
		return o.slowMakesAccount(api)
	case api != apiRecall:
		return nil
	}
	if err := o.only("GroupId", "MsgSeqList"); err != nil {
		return err
	}
	list, err := o.list("MsgSeqList")
	if err != nil {
		return err
	}
	for _, raw := range list {
		message, err := readObject(raw)
		if err != nil {
			return err
		}
		if err := message.only("MsgSeq"); err != nil {
			return err
		}
	}
	return nil
}

// slowMakesAccount checks a request that makes an account.
func (o object) slowMakesAccount(api string) error {
	if err := o.only("UserID", "Nick"); err != nil {
		return err
	}
	id, err := o.text("UserID")
	if err != nil {
		return err
	}
	nick, err := o.text("Nick")
	switch {
	case err != nil:
		return err
	case len(nick) > maxNick:
		return errors.New("a name that is too long")
	case chat.UserID(id).Validate() != nil:
		return errors.New("no id")
	case strings.HasPrefix(id, "@RBT#") != (api == apiRobot):
		return errors.New("a robot that is an account, or the other way round")
	}
	return nil
}

// slowly reads the encoded message and holds it against the permission.
func (p *permission) slowly(body []byte) error {
	o, err := readRequest(body)
	if err != nil {
		return err
	}
	// Every key is known, so there is no GroupAtInfo, and none is misspelt.
	if err := o.only("GroupId", "Random", "From_Account", "To_Account", "MsgPriority",
		"ForbidCallbackControl", "MsgBody", "CloudCustomData", "OfflinePushInfo"); err != nil {
		return err
	}
	for _, check := range []func(object) error{p.slowWhere, p.slowWhom, p.slowWho, slowQuiet, slowSays, p.slowPushes, slowPlainly} {
		if err := check(o); err != nil {
			return err
		}
	}
	return nil
}

func (p *permission) slowWhere(o object) error {
	group, err := o.text("GroupId")
	switch {
	case err != nil:
		return err
	case chat.GroupID(group) != p.group:
		return errors.New("the group is not the one that was prepared")
	case p.group == "" || p.group.IsCommunity() || !p.kind.Targetable():
		return ErrNotTargetable
	}
	return nil
}

// whom is what all of this is for.
func (p *permission) slowWhom(o object) error {
	to, err := o.texts("To_Account")
	switch {
	case err != nil:
		return err
	case len(to) == 0:
		return fmt.Errorf("To_Account %w", chat.ErrNobody)
	case len(to) > chat.MaxRecipients:
		return fmt.Errorf("To_Account names %d; at most %d", len(to), chat.MaxRecipients)
	}
	allowed := p.to.IDs()
	if len(to) != len(allowed) {
		return fmt.Errorf("To_Account names %d where %d were prepared", len(to), len(allowed))
	}
	for i, id := range to {
		if chat.UserID(id) != allowed[i] {
			return errors.New("To_Account names somebody else than was prepared")
		}
	}
	return nil
}

func (p *permission) slowWho(o object) error {
	from, err := o.text("From_Account")
	if err != nil {
		return err
	}
	if from == "" || chat.UserID(from) != p.from {
		return errors.New("the sender is not the one that was prepared")
	}
	if p.random == 0 || string(o["Random"]) != strconv.FormatUint(uint64(p.random), 10) {
		return errors.New("the Random is not the one that was prepared")
	}
	return nil
}

// quiet sees to it that our own messages do not come back to us as callbacks.
func slowQuiet(o object) error {
	got, err := o.texts("ForbidCallbackControl")
	if err != nil {
		return err
	}
	if !slices.Equal(got, []string{"ForbidBeforeSendMsgCallback", "ForbidAfterSendMsgCallback"}) {
		return errors.New("callbacks are not forbidden")
	}
	return nil
}

func slowSays(o object) error {
	list, err := o.list("MsgBody")
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("the message says nothing")
	}
	if n := len(o["MsgBody"]) + len(o["CloudCustomData"]); n > MaxMessage+64 {
		return ErrTooLarge
	}
	custom := 0
	for _, raw := range list {
		kind, err := slowSaysOne(raw)
		if err != nil {
			return err
		}
		if kind == "TIMCustomElem" {
			custom++
		}
	}
	if custom > 1 {
		return errors.New("more than one custom element")
	}
	return nil
}

func slowSaysOne(raw json.RawMessage) (kind string, err error) {
	e, err := readObject(raw)
	if err != nil {
		return "", err
	}
	if err := e.only("MsgType", "MsgContent"); err != nil {
		return "", err
	}
	content, err := readObject(e["MsgContent"])
	if err != nil {
		return "", err
	}
	kind, err = e.text("MsgType")
	switch kind {
	case "TIMTextElem", "TIMImageElem", "TIMFileElem", "TIMLocationElem", "TIMFaceElem":
	case "TIMCustomElem":
		// The push text of a custom element would be taken for the message's.
		if desc, err := content.text("Desc"); err != nil || desc != "" {
			return "", errors.New("a custom element has a push text")
		}
	default:
		return "", errors.New("an element of a type that is not known here")
	}
	return kind, err
}

// pushes sees to it that a push shows the fixed text or nothing.
func (p *permission) slowPushes(o object) error {
	info, err := readObject(o["OfflinePushInfo"])
	if err != nil {
		return err
	}
	if p.push == "" {
		if err := info.only("PushFlag"); err != nil {
			return err
		}
		if string(info["PushFlag"]) != "1" {
			return errors.New("something is pushed where nothing was prepared")
		}
		return nil
	}
	if err := info.only("PushFlag", "Desc"); err != nil {
		return err
	}
	if desc, err := info.text("Desc"); err != nil || desc != p.push || string(info["PushFlag"]) != "0" {
		return errors.New("another text is pushed than was prepared")
	}
	return nil
}

// plainly is the rest: the mark, which others can read, and a known priority.
func slowPlainly(o object) error {
	if got, err := o.text("CloudCustomData"); err != nil || got != mark {
		return errors.New("CloudCustomData is not the mark")
	}
	switch got, err := o.text("MsgPriority"); {
	case err != nil:
		return err
	case got != "High" && got != "Normal" && got != "Low":
		return errors.New("MsgPriority is not known")
	}
	return nil
}
