package im

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"unicode/utf8"

	"github.com/botd-chat/botd/chat"
)

// MaxMessage is the largest message in bytes, counted over its encoded elements
// and its mark.
const MaxMessage = chat.MaxBody

// maxPush is the longest push text in bytes: with its frame it has to fit in
// the 4 KB of a push service.
const maxPush = 3000

// Push is what recipients see who are offline. It shows on lock screens and
// passes through other companies' services, so it never has to do with the
// message: the zero value pushes nothing, and [PushText] is one fixed text.
type Push struct{ text string }

// PushText pushes that text, which the operator has chosen and which is the same
// for every message. The empty text pushes nothing.
func PushText(neutral string) Push { return Push{neutral} }

// Targeted is a message for some members of a group.
type Targeted struct {
	Group    chat.GroupID
	Type     chat.GroupType  // as the service said: Work, Public or Meeting
	From     chat.UserID     // the bot's account, from its configuration
	To       chat.Recipients // at most chat.MaxRecipients
	Random   uint32          // of this series of attempts; never 0
	Body     []chat.Element
	Priority chat.Priority // empty: chat.Ordinary
	Push     Push
}

// Prepared is a targeted message in its final form, with the permission to send
// it. The same bytes go out however often it is sent. It is made by
// [Client.Prepare] alone; the zero value is refused.
type Prepared struct {
	// Behind a pointer, because fmt prints unexported fields without asking
	// their methods, and of a pointer within only the address.
	*sealed
}

// sealed is the bytes to send and the permission to send them.
type sealed struct {
	body []byte
	may  *permission
}

// permission is what the guard holds the encoded bytes against. It is made from
// what the caller asked for and not from the bytes.
type permission struct {
	app    uint64
	group  chat.GroupID
	kind   chat.GroupType
	from   chat.UserID
	to     chat.Recipients
	random uint32
	push   string
	// What was encoded, against a change on the way: a copy, which nobody can
	// change together with the bytes that are held against it.
	body   string
	digest [sha256.Size]byte // of it
}

// Digest identifies the encoded bytes: the hex SHA-256. A repeat after an unclear
// outcome must have the digest of the first attempt. Empty for the zero value.
func (p Prepared) Digest() string {
	if p.sealed == nil {
		return ""
	}
	return hex.EncodeToString(p.may.digest[:])
}

// String says how many it is for, and nothing of what it says.
func (p Prepared) String() string {
	if p.sealed == nil {
		return "no message"
	}
	return fmt.Sprintf("message of %d bytes to %d in %q", len(p.body), p.may.to.Len(), string(p.may.group))
}

// Format prints String, whatever the verb, so that no log shows the message.
func (p Prepared) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// MarshalText is String.
func (p Prepared) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// LogValue is String.
func (p Prepared) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Prepare checks a message and encodes it.
// The error is an [*Error] of class Permanent.
func (c *Client) Prepare(t Targeted) (Prepared, error) {
	p, err := c.prepare(t)
	if err != nil {
		return Prepared{}, &Error{API: apiSend, Class: Permanent, Err: err}
	}
	return p, nil
}

func (c *Client) prepare(t Targeted) (Prepared, error) {
	if err := t.validate(); err != nil {
		return Prepared{}, err
	}
	body, err := t.encode()
	if err != nil {
		return Prepared{}, err
	}
	may := &permission{
		app: c.app, group: t.Group, kind: t.Type, from: t.From, to: t.To,
		random: t.Random, push: t.Push.text, body: string(body), digest: sha256.Sum256(body),
	}
	return Prepared{&sealed{body, may}}, nil
}

func (t Targeted) validate() error {
	switch {
	case t.Group == "" || !utf8.ValidString(string(t.Group)):
		return errors.New("the group's id is empty or not UTF-8")
	case t.Group.IsCommunity():
		return fmt.Errorf("%w: %q is a Community", ErrNotTargetable, string(t.Group))
	case !t.Type.Targetable():
		return fmt.Errorf("%w: %q is of type %q; Work, Public and Meeting have them", ErrNotTargetable, string(t.Group), string(t.Type))
	case t.To.Len() == 0:
		return fmt.Errorf("the list of recipients %w", chat.ErrNobody)
	case t.To.Len() > chat.MaxRecipients:
		return fmt.Errorf("%d recipients in one call; split them into parts of at most %d, each with its own Random", t.To.Len(), chat.MaxRecipients)
	case t.Random == 0:
		return errors.New("the message has no Random: draw one for each message and part")
	case len(t.Body) == 0:
		return errors.New("the message says nothing")
	case customs(t.Body) > 1:
		return errors.New("a message has at most one custom element")
	case priorities[t.Priority.OrDefault()] == "":
		return fmt.Errorf("no priority %q; have high, normal, low", string(t.Priority))
	case len(t.Push.text) > maxPush || !utf8.ValidString(t.Push.text):
		return fmt.Errorf("the push text is longer than %d bytes, or not UTF-8", maxPush)
	}
	if err := t.From.Validate(); err != nil {
		return fmt.Errorf("the sender: %w", err)
	}
	return nil
}

func customs(body []chat.Element) (n int) {
	for _, e := range body {
		if e.Custom != nil {
			n++
		}
	}
	return n
}

func (t Targeted) encode() ([]byte, error) {
	list, err := elements(t.Body)
	if err != nil {
		return nil, err
	}
	body, err := encode(targetedBody{
		Group: t.Group, Random: t.Random, From: t.From, To: t.To,
		Priority: priorities[t.Priority.OrDefault()],
		Forbid:   forbidden, Body: list, Mark: mark, Push: t.Push.info(),
	})
	if err != nil {
		return nil, err
	}
	if n := len(elementsIn(body)) + len(mark); n > MaxMessage {
		return nil, fmt.Errorf("%w: %d bytes as the service counts; at most %d", ErrTooLarge, n, MaxMessage)
	}
	return body, nil
}

// elementsIn cuts MsgBody out of an encoded message. No text can be taken for the
// names around it, since quotes in a text are written with a backslash.
func elementsIn(message []byte) []byte {
	_, from, _ := bytes.Cut(message, []byte(`,"MsgBody":`))
	list, _, _ := bytes.Cut(from, []byte(`,"CloudCustomData":`))
	return list
}

func (p Push) info() pushInfo {
	if p.text == "" {
		return pushInfo{Flag: 1}
	}
	return pushInfo{Flag: 0, Desc: p.text}
}

type permissionKey struct{}

// permit lets the guard know what one call may send.
func permit(ctx context.Context, may *permission) context.Context {
	return context.WithValue(ctx, permissionKey{}, may)
}

func permitted(ctx context.Context) *permission {
	may, _ := ctx.Value(permissionKey{}).(*permission)
	return may
}
