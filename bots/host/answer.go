package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// errTooMuch says that an answer is too long to be read. What it says to the same event
// it will say again, so this is final.
var errTooMuch = plugins.Permanent(fmt.Errorf("answers more than %d KB, which is the most that is read", plugins.MaxReply>>10))

// readReply reads what a plugin answered to an event.
func readReply(a answer, now time.Time) (plugins.Reply, error) {
	if a.status != http.StatusOK {
		return plugins.Reply{}, a.refusal(now)
	}
	if len(a.body) > plugins.MaxReply {
		return plugins.Reply{}, errTooMuch
	}
	r, err := plugins.ReadReply(a.body)
	switch {
	case is[*json.SyntaxError](err):
		return plugins.Reply{}, fmt.Errorf("answers %s; want a reply as JSON", a.looks())
	case err != nil:
		return plugins.Reply{}, plugins.Permanent(fmt.Errorf("answers what is not taken: %s", printable(err.Error(), 2*longestLine)))
	}
	return r, nil
}

// refusal is what an answer means that has another status than 200. The contract: 4xx
// is for good, 5xx is tried again; but what speaks of the way to the plugin, of its
// hours or of its key is not the event's fault, which waits.
func (a answer) refusal(now time.Time) error {
	err := fmt.Errorf("answers %d%s", a.status, a.line())
	if text := firstLine(a.body); text != "" && text[0] != '<' {
		own := said{errors.New(text), place(a.body)}
		switch a.status {
		case http.StatusBadRequest, http.StatusUnprocessableEntity:
			return plugins.Permanent(own)
		case http.StatusInternalServerError:
			return own
		}
	}
	switch {
	case a.status == http.StatusUnauthorized:
		return &away{why: fmt.Errorf("%w; it and this bot have to be given the same key", err)}
	case a.status == http.StatusTooManyRequests, a.status == http.StatusServiceUnavailable:
		return &away{why: err, until: retryAfter(a.header, now)}
	case a.status == http.StatusNotFound, a.status == http.StatusMethodNotAllowed:
		return lost{err}
	case a.status >= 300 && a.status < 400:
		return &away{why: fmt.Errorf("%w and points elsewhere, where events are not sent after; give the address itself", err)}
	case a.status >= 400 && a.status < 500:
		return plugins.Permanent(err)
	case a.status > 200 && a.status < 300:
		return fmt.Errorf("%w; want 200 and a reply, {} if there is nothing to say", err)
	default:
		return err
	}
}

// said is what the plugin itself gave as its reason, which reads as if it were compiled
// in: who it was stands beside it, wherever it is told.
type said struct {
	error
	at string // the line of the plugin that panicked; empty if it is not told
}

func (s said) Unwrap() error { return s.error }

// At is the line of the plugin.
func (s said) At() string { return s.at }

// below is how a plugin in Go tells, under the reason, where it panicked.
var below = regexp.MustCompile(`\nat ([\w.-]{1,100}\.go:\d{1,9})\s*$`)

func place(body []byte) string {
	if m := below.FindSubmatch(body); m != nil {
		return string(m[1])
	}
	return ""
}

// lost is an answer of a plugin that does not know the event, or of somebody who is no
// plugin: its manifest tells which.
type lost struct{ error }

func (l lost) Unwrap() error { return l.error }

// mostWait is the longest that a plugin can have an event wait by Retry-After.
const mostWait = time.Hour

// retryAfter is when a plugin says to come again; zero if it does not say.
func retryAfter(h http.Header, now time.Time) time.Time {
	text := strings.TrimSpace(h.Get("Retry-After"))
	wait := time.Duration(0)
	if n, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(min(max(n, 0), int(mostWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	if wait <= 0 {
		return time.Time{}
	}
	return now.Add(min(wait, mostWait))
}

// longestLine is how much of a line that a plugin wrote is told of in an error.
const longestLine = 300

// line is the first line of an answer that is one of text: ": " and that line. It is
// empty for an empty answer.
func (a answer) line() string {
	switch text := firstLine(a.body); {
	case text == "":
		return ""
	case text[0] == '<':
		return " with a page of HTML; is this the plugin's address?"
	default:
		return ": " + text
	}
}

// looks says what an answer is that is no JSON.
func (a answer) looks() string {
	switch text := bytes.TrimSpace(a.body); {
	case len(text) == 0:
		return "nothing ({} says nothing)"
	case text[0] == '<':
		return "a page of HTML (is this the plugin's address?)"
	default:
		return "no JSON"
	}
}

// firstLine is the first line that is not blank, short and printable.
func firstLine(body []byte) string {
	first, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n"))
	return printable(first, longestLine)
}

// printable is at most n runes of a line that came from outside, with nothing in it
// that would move a cursor or begin another.
func printable[T string | []byte](line T, n int) string {
	var b strings.Builder
	text := string(line[:min(len(line), 4*n)])
	for _, r := range strings.TrimRight(text, " \t\r\n") {
		switch {
		case n == 0:
			return b.String() + "…"
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r == '\t':
			b.WriteByte(' ')
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		n--
	}
	return b.String()
}

// readManifest reads what a plugin says of itself. It may say more than this botd knows.
func readManifest(a answer) (plugins.Manifest, error) {
	var m plugins.Manifest
	switch err := json.Unmarshal(a.body, &m); {
	case a.status != http.StatusOK:
		return m, fmt.Errorf("answers %d%s, when it is asked what it is (GET)", a.status, a.line())
	case len(a.body) > plugins.MaxReply:
		return m, errTooMuch
	case !json.Valid(a.body):
		return m, fmt.Errorf("answers %s, when it is asked what it is (GET); want its manifest as JSON", a.looks())
	case err != nil:
		return m, fmt.Errorf("has a manifest that cannot be read: %w", err)
	case m.Botd == 0:
		return m, errors.New(`has a manifest without "botd", the version of the contract; is this the plugin's address?`)
	case m.Botd != chat.Contract:
		return m, fmt.Errorf("speaks version %d of the contract, and this botd version %d; use a plugin and a botd that speak the same", m.Botd, chat.Contract)
	}
	if err := plugins.CheckNeeds(m.Needs); err != nil {
		return m, err
	}
	m.Name, m.Version = printable(m.Name, 64), printable(m.Version, 64)
	return m, nil
}
