package im

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/strictjson"
)

// check reads the encoded message from its first byte to its last and holds it
// against the permission. It takes one spelling of it alone: all keys, each in
// its place, with nothing between them. So there is no GroupAtInfo, no key is
// misspelt or there twice, and no reader can find another list of recipients.
func (p *permission) check(body []byte) error {
	s := strictjson.NewScanner(body)
	s.Depth, s.Plain = maxDepth, true
	for _, part := range parts {
		if !s.Literal(part.opens) {
			return fmt.Errorf("%s is missing or not in its place", part.name)
		}
		if err := part.check(p, s); err != nil {
			return err
		}
	}
	if !s.Literal("}") || !s.End() {
		return errors.New("something follows what was prepared")
	}
	return nil
}

// parts of a message, in the order in which it is encoded.
var parts = [...]struct {
	name, opens string
	check       func(*permission, *strictjson.Scanner) error
}{
	{"GroupId", `{"GroupId":`, (*permission).where},
	{"Random", `,"Random":`, (*permission).which},
	{"From_Account", `,"From_Account":`, (*permission).who},
	{"To_Account", `,"To_Account":`, (*permission).whom},
	{"MsgPriority", `,"MsgPriority":`, (*permission).ranked},
	{"ForbidCallbackControl", `,"ForbidCallbackControl":`, (*permission).quiet},
	{"MsgBody", `,"MsgBody":`, (*permission).says},
	{"CloudCustomData", `,"CloudCustomData":`, (*permission).marked},
	{"OfflinePushInfo", `,"OfflinePushInfo":`, (*permission).pushes},
}

func (p *permission) where(s *strictjson.Scanner) error {
	if !s.String(string(p.group)) {
		return errors.New("the group is not the one that was prepared")
	}
	if p.group == "" || p.group.IsCommunity() || !p.kind.Targetable() {
		return ErrNotTargetable
	}
	return nil
}

func (p *permission) which(s *strictjson.Scanner) error {
	var digits [10]byte
	if p.random == 0 || !s.Literal(string(strconv.AppendUint(digits[:0], uint64(p.random), 10))) {
		return errors.New("the Random is not the one that was prepared")
	}
	return nil
}

func (p *permission) who(s *strictjson.Scanner) error {
	if p.from == "" || !s.String(string(p.from)) {
		return errors.New("the sender is not the one that was prepared")
	}
	return nil
}

// whom is what all of this is for.
func (p *permission) whom(s *strictjson.Scanner) error {
	allowed := p.to.IDs()
	switch {
	case len(allowed) == 0:
		return fmt.Errorf("To_Account %w", chat.ErrNobody)
	case len(allowed) > chat.MaxRecipients:
		return fmt.Errorf("To_Account names %d; at most %d", len(allowed), chat.MaxRecipients)
	}
	opens := "["
	for i, id := range allowed {
		if !s.Literal(opens) || !s.String(string(id)) {
			return fmt.Errorf("To_Account is not a list of the %d who were prepared, from the %dth on", len(allowed), i+1)
		}
		opens = ","
	}
	if !s.Literal("]") {
		return fmt.Errorf("To_Account names others besides the %d who were prepared", len(allowed))
	}
	return nil
}

func (p *permission) ranked(s *strictjson.Scanner) error {
	if !s.Literal(`"Normal"`) && !s.Literal(`"High"`) && !s.Literal(`"Low"`) {
		return errors.New("MsgPriority is not known")
	}
	return nil
}

// quiet sees to it that our own messages do not come back to us as callbacks.
func (p *permission) quiet(s *strictjson.Scanner) error {
	if !s.Literal(`["ForbidBeforeSendMsgCallback","ForbidAfterSendMsgCallback"]`) {
		return errors.New("callbacks are not forbidden")
	}
	return nil
}

func (p *permission) says(s *strictjson.Scanner) error {
	from, custom := s.At(), 0
	if !s.Literal("[") {
		return errors.New("MsgBody is not a list of elements")
	}
	for first := true; first || s.Literal(","); first = false {
		isCustom, err := saysOne(s)
		if err != nil {
			return err
		}
		if isCustom {
			custom++
		}
	}
	switch {
	case !s.Literal("]"):
		return errors.New("MsgBody is not a list of elements")
	case custom > 1:
		return errors.New("more than one custom element")
	case s.At()-from+len(encodedMark) > MaxMessage+64:
		return ErrTooLarge
	}
	return nil
}

// elementOpens are the beginnings of elements whose content is of no matter here,
// as long as it is one object.
var elementOpens = [...]string{
	`{"MsgType":"TIMTextElem","MsgContent":`,
	`{"MsgType":"TIMImageElem","MsgContent":`,
	`{"MsgType":"TIMFileElem","MsgContent":`,
	`{"MsgType":"TIMLocationElem","MsgContent":`,
	`{"MsgType":"TIMFaceElem","MsgContent":`,
}

func saysOne(s *strictjson.Scanner) (custom bool, err error) {
	if s.Literal(`{"MsgType":"TIMCustomElem","MsgContent":{"Data":`) {
		// The push text of a custom element would be taken for the message's.
		if s.Next() != '"' || s.Value() != nil || !s.Literal(`,"Desc":"","Ext":"","Sound":""}}`) {
			return true, errors.New("a custom element has other than data, such as a push text")
		}
		return true, nil
	}
	for _, opens := range elementOpens {
		if !s.Literal(opens) {
			continue
		}
		if s.Next() != '{' {
			return false, errors.New("the content of an element is no object")
		}
		if err := s.Value(); err != nil {
			return false, fmt.Errorf("the content of an element: %w", err)
		}
		if !s.Literal("}") {
			return false, errors.New("an element has more than a type and a content")
		}
		return false, nil
	}
	return false, errors.New("an element of a type that is not known here")
}

// encodedMark is the mark, which others can read, as it is encoded.
const encodedMark = `"{\"botd\":1}"`

func (p *permission) marked(s *strictjson.Scanner) error {
	if !s.Literal(encodedMark) {
		return errors.New("CloudCustomData is not the mark")
	}
	return nil
}

// pushes sees to it that a push shows the fixed text or nothing.
func (p *permission) pushes(s *strictjson.Scanner) error {
	if p.push == "" {
		if !s.Literal(`{"PushFlag":1}`) {
			return errors.New("something is pushed where nothing was prepared")
		}
		return nil
	}
	if !s.Literal(`{"PushFlag":0,"Desc":`) || !s.String(p.push) || !s.Literal("}") {
		return errors.New("another text is pushed than was prepared")
	}
	return nil
}
