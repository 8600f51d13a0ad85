package im

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/botd-chat/botd/chat"
)

// guard is the last step before the socket. What it reads are the bytes that
// leave: it does not know how they came about, and believes none of the code
// before it. A request to a sending API passes only with a permission that it
// matches; one to an API that reads or recalls passes if it can do nothing else;
// any other is refused.
type guard struct {
	next  http.RoundTripper
	app   uint64
	bases []string
}

// maxRequest bounds what the guard reads: a message is at most 11 KiB, and the
// longest question is for 500 roles.
const maxRequest = 64 << 10

// RoundTrip sends the request if nobody else can see what it says.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := read(r)
	if err != nil {
		return nil, stopped(err)
	}
	if err := g.check(r, body); err != nil {
		return nil, stopped(err)
	}
	// What was read is what is sent, and nothing else.
	out := r.Clone(r.Context())
	out.ContentLength = int64(len(body))
	out.TransferEncoding = nil
	out.Header = plainHeaders(r.Header)
	out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	out.Body, _ = out.GetBody()
	return g.next.RoundTrip(out)
}

// plainHeaders leaves out what a gateway could take for another method or address.
func plainHeaders(h http.Header) http.Header {
	out := http.Header{}
	for _, key := range []string{"Content-Type", "Accept", "User-Agent"} {
		if v := h.Get(key); v != "" {
			out.Set(key, v)
		}
	}
	return out
}

func stopped(err error) error { return fmt.Errorf("%w: %w", ErrGuard, err) }

func read(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, errors.New("a request without a body")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	_ = r.Body.Close() // a RoundTripper must, and it is in memory
	switch {
	case err != nil:
		return nil, errors.New("the request's body cannot be read")
	case len(body) > maxRequest:
		return nil, fmt.Errorf("a request of more than %d bytes", maxRequest)
	}
	return body, nil
}

func (g *guard) check(r *http.Request, body []byte) error {
	api, err := g.address(r)
	if err != nil {
		return err
	}
	if api != apiSend {
		return showsNothing(api, body)
	}
	may := permitted(r.Context())
	if may == nil {
		return errors.New("a message that nobody prepared")
	}
	if may.app != g.app {
		return errors.New("a message that was prepared for another application")
	}
	if err := may.check(body); err != nil {
		return err
	}
	if sha256.Sum256(body) != may.digest {
		return errors.New("the message was changed after it was prepared")
	}
	return nil
}

// showsNothing checks a request to an API that sends nothing. One that recalls
// says which messages of which group, and nothing for people to read.
func showsNothing(api string, body []byte) error {
	o, err := readRequest(body)
	if err != nil || api != apiRecall {
		return err
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

// address returns the API that the request calls, by its exact path.
func (g *guard) address(r *http.Request) (string, error) {
	switch {
	case r.Method != http.MethodPost:
		return "", errors.New("a request that is no POST")
	case !slices.Contains(g.bases, r.URL.Scheme+"://"+r.URL.Host), r.Host != "" && r.Host != r.URL.Host:
		return "", errors.New("a request to another host")
	case r.URL.Opaque != "":
		// It would be written in place of the path that is looked at here.
		return "", errors.New("a request whose address is not its path")
	case r.Header.Get("Content-Encoding") != "":
		return "", errors.New("a request that is compressed")
	}
	query := r.URL.Query()
	if ids := query["sdkappid"]; len(ids) != 1 || ids[0] != strconv.FormatUint(g.app, 10) {
		return "", errors.New("a request for another application")
	}
	for api, path := range paths {
		if r.URL.EscapedPath() == path {
			return api, nil
		}
	}
	return "", errors.New("a request to an API that is not known here")
}

// check reads the encoded message and holds it against the permission.
func (p *permission) check(body []byte) error {
	o, err := readRequest(body)
	if err != nil {
		return err
	}
	// Every key is known, so there is no GroupAtInfo, and none is misspelt.
	if err := o.only("GroupId", "Random", "From_Account", "To_Account", "MsgPriority",
		"ForbidCallbackControl", "MsgBody", "CloudCustomData", "OfflinePushInfo"); err != nil {
		return err
	}
	for _, check := range []func(object) error{p.where, p.whom, p.who, quiet, says, p.pushes, plainly} {
		if err := check(o); err != nil {
			return err
		}
	}
	return nil
}

func (p *permission) where(o object) error {
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
func (p *permission) whom(o object) error {
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

func (p *permission) who(o object) error {
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
func quiet(o object) error {
	got, err := o.texts("ForbidCallbackControl")
	if err != nil {
		return err
	}
	if !slices.Equal(got, []string{"ForbidBeforeSendMsgCallback", "ForbidAfterSendMsgCallback"}) {
		return errors.New("callbacks are not forbidden")
	}
	return nil
}

func says(o object) error {
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
		kind, err := saysOne(raw)
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

func saysOne(raw json.RawMessage) (kind string, err error) {
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
func (p *permission) pushes(o object) error {
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
func plainly(o object) error {
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
