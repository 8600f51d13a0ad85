package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/config"
)

// Door is where the callbacks of an application come in. It is tried from outside, as
// somebody would who knows the address.
type Door struct {
	App    config.App
	Base   string // scheme, host and port, such as https://bots.example.com
	Client *http.Client
	Now    func() time.Time
	Apps   []config.App // all there are, so that none of them is pretended to be
}

// Probe is the command of the callbacks that are tried. The service has none of that
// name, so nothing comes of one.
const Probe = "Botd.Probe"

// slow is how long an answer may take before it is told: the service waits two seconds
// and then shows the message (product/1047/34354).
const slow = time.Second

const doorCheck = "callbacks"

// Examine tries one callback that is right and then some that are forged in one way
// each. Of those, none may be taken.
func (d Door) Examine(ctx context.Context) []Finding {
	name := "apps." + string(d.App.Name) + ".callbacks"
	right := d.right()
	got, err := d.post(ctx, right)
	if err != nil {
		return []Finding{unknown(doorCheck, "start botd, or say with --public-url where the service reaches it", "%s: nobody answers at %s%s: %v", name, d.Base, d.App.Callbacks.Path, err)}
	}
	list := append(d.address(name), d.judge(name, got))
	if d.App.Callbacks.Insecure {
		list = append(list, unknown(doorCheck, "switch authentication on in the service's console, and name its token with token_file in place of insecure",
			"%s: callbacks are not signed, so whoever knows the address is believed", name))
	}
	return append(list, d.forged(ctx, name, right))
}

// hostForm is what the console takes for the host of an address (product/1047/34520).
var hostForm = regexp.MustCompile(`^[A-Za-z0-9]+(-[A-Za-z0-9]+)*(\.[A-Za-z0-9]+(-[A-Za-z0-9]+)*)*$`)

// mostHost is how long a host may be there.
const mostHost = 63

// address says what is wrong with an address for the service's console. What is on this
// machine is none.
func (d Door) address(name string) (list []Finding) {
	u, err := url.Parse(d.Base)
	if err != nil || isLoopback(u.Hostname()) {
		return nil
	}
	host := u.Hostname()
	if net.ParseIP(host) == nil && (len(host) > mostHost || !hostForm.MatchString(host)) {
		list = append(list, wrong(doorCheck, "give botd a name of letters, digits, dots and single hyphens, of 63 characters at most", "%s: the service's console does not take an address with the host %q", name, host))
	}
	if u.Scheme != "https" {
		list = append(list, wrong(doorCheck, "use https: put a proxy with TLS in front of botd, or give it a certificate (listen.tls)",
			"%s: at %s callbacks are not encrypted, and whoever reads one on its way can send others in its name for five minutes", name, d.Base))
	}
	return list
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// judge says what the answer to a callback means in which all was right.
func (d Door) judge(name string, got reply) Finding {
	switch {
	case got.fine() && got.took > slow:
		return wrong(doorCheck, "see what keeps botd, or what stands before it, so long; the service waits two seconds and then shows the message",
			"%s: a callback was answered only after %s", name, got.took.Round(time.Millisecond))
	case got.fine():
		return well(doorCheck, "%s: one that is signed rightly is answered, in %s", name, got.took.Round(10*time.Microsecond))
	case got.status == http.StatusUnauthorized && len(d.App.Callbacks.Sources) > 0:
		return unknown(doorCheck, "call botd doctor from an address that is in sources to try it", "%s: one that is signed rightly is refused, perhaps because this machine is not in sources", name)
	case got.status == http.StatusTooManyRequests:
		return unknown(doorCheck, later, "%s: too many were refused lately, so that none of this machine is looked at", name)
	}
	return wrong(doorCheck, "see whether the botd that listens there was started, or reloaded, with this configuration and this token, and what stands before it; its log says why",
		"%s: one that is signed rightly is answered %d at %s%s", name, got.status, d.Base, d.App.Callbacks.Path)
}

// forged tries what a stranger could. All of it has to be refused.
func (d Door) forged(ctx context.Context, name string, right letter) Finding {
	var tried, taken []string
	for _, f := range d.forgeries() {
		l := right
		f.change(&l)
		got, err := d.post(ctx, l)
		if err != nil {
			return unknown(doorCheck, later, "%s: one that is forged (%s) was not answered: %v", name, f.name, err)
		}
		if tried = append(tried, f.name); got.status == http.StatusOK {
			taken = append(taken, f.name)
		}
	}
	if len(taken) > 0 {
		return wrong(doorCheck, "whoever knows the address is believed in this: see what stands before botd and answers in its place, and whether this botd has this configuration",
			"%s: of callbacks that are forged, these are taken: %s", name, strings.Join(taken, ", "))
	}
	return well(doorCheck, "%s: forged ones are refused: %s", name, strings.Join(tried, ", "))
}

// letter is a callback in the parts that can be forged.
type letter struct {
	path  string
	app   uint32
	token string // signs; empty: unsigned
	at    time.Time
}

func (d Door) right() letter {
	l := letter{path: d.App.Callbacks.Path, app: d.App.SDKAppID, at: d.Now()}
	if secret := d.App.Callbacks.PathSecret.Reveal(); secret != "" {
		l.path += "/" + secret
	}
	if len(d.App.Callbacks.Tokens) > 0 {
		l.token = d.App.Callbacks.Tokens[0].Reveal()
	}
	return l
}

// forgery is one thing about a callback that is not as it should be.
type forgery struct {
	name   string
	change func(*letter)
}

func (d Door) forgeries() []forgery {
	list := []forgery{
		{"of another application", func(l *letter) { l.app = d.stranger() }},
		{"at another path", func(l *letter) { l.path = d.App.Callbacks.Path + "/not-the-secret" }},
	}
	if d.App.Callbacks.Insecure {
		return list
	}
	return append(list,
		forgery{"without a Sign", func(l *letter) { l.token = "" }},
		forgery{"signed with another token", func(l *letter) { l.token = "not-the-token-of-anybody" }},
		forgery{"signed ten minutes ago", func(l *letter) { l.at = l.at.Add(-10 * time.Minute) }},
		forgery{"signed for the time in ten minutes", func(l *letter) { l.at = l.at.Add(10 * time.Minute) }},
	)
}

// stranger is an SDKAppID that no application of the configuration has.
func (d Door) stranger() uint32 {
	id := d.App.SDKAppID
	for taken := true; taken; {
		id++
		taken = id == 0
		for _, a := range d.Apps {
			taken = taken || a.SDKAppID == id
		}
	}
	return id
}

// reply is what came back.
type reply struct {
	status int
	body   []byte
	took   time.Duration
}

// fine reports the answer that the service takes for yes (product/1047/34354).
func (r reply) fine() bool {
	var envelope struct {
		ActionStatus string
		ErrorCode    *int
	}
	return r.status == http.StatusOK && json.Unmarshal(r.body, &envelope) == nil &&
		envelope.ActionStatus == "OK" && envelope.ErrorCode != nil && *envelope.ErrorCode == 0
}

// post sends a callback. Its errors repeat no address, which can hold a secret.
func (d Door) post(ctx context.Context, l letter) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	q := url.Values{"SdkAppid": {strconv.FormatUint(uint64(l.app), 10)}, "CallbackCommand": {Probe}, "contenttype": {"json"}, "ClientIP": {"127.0.0.1"}, "OptPlatform": {"Unknown"}}
	if l.token != "" {
		at := strconv.FormatInt(l.at.Unix(), 10)
		q.Set("RequestTime", at)
		q.Set("Sign", callbacks.Sign(l.token, at))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Base+l.path+"?"+q.Encode(), bytes.NewReader(fmt.Appendf(nil, `{"CallbackCommand":%q}`, Probe)))
	if err != nil {
		return reply{}, errors.New("it is no address")
	}
	r.Header.Set("Content-Type", "application/json")
	began := time.Now()
	client := *d.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the service would not follow one either
	res, err := client.Do(r)
	if err != nil {
		if u, is := errors.AsType[*url.Error](err); is {
			err = u.Err
		}
		return reply{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	return reply{res.StatusCode, body, time.Since(began)}, err
}
