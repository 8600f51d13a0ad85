package im

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/botd-chat/botd/chat"
)

// The APIs that are called. All others are refused by the guard.
const (
	apiSend      = "send_group_msg"
	apiGroups    = "get_group_info"
	apiMembers   = "get_group_member_info"
	apiSpecified = "get_specified_group_member_info"
	apiRoles     = "get_role_in_group"
	apiAllGroups = "get_appid_group_list"
	apiAccounts  = "account_check"
	apiHistory   = "group_msg_get_simple"
	apiRecall    = "group_msg_recall"
	apiImport    = "account_import"
	apiRobots    = "get_all_robots"
	apiRobot     = "create_robot"
	apiSources   = "GetIPList"
)

// paths are where they are called, and apis the other way round.
var paths = map[string]string{
	apiSend:      "/v4/group_open_http_svc/" + apiSend,
	apiGroups:    "/v4/group_open_http_svc/" + apiGroups,
	apiMembers:   "/v4/group_open_http_svc/" + apiMembers,
	apiSpecified: "/v4/group_open_http_svc/" + apiSpecified,
	apiRoles:     "/v4/group_open_http_svc/" + apiRoles,
	apiAllGroups: "/v4/group_open_http_svc/" + apiAllGroups,
	apiAccounts:  "/v4/im_open_login_svc/" + apiAccounts,
	apiHistory:   "/v4/group_open_http_svc/" + apiHistory,
	apiRecall:    "/v4/group_open_http_svc/" + apiRecall,
	apiImport:    "/v4/im_open_login_svc/" + apiImport,
	apiRobots:    "/v4/openim_robot_http_svc/" + apiRobots,
	apiRobot:     "/v4/openim_robot_http_svc/" + apiRobot,
	apiSources:   "/v4/ConfigSvc/" + apiSources,
}

var apis = func() map[string]string {
	byPath := make(map[string]string, len(paths))
	for api, path := range paths {
		byPath[path] = api
	}
	return byPath
}()

// ask calls an API that shows nobody a message.
func (c *Client) ask(ctx context.Context, api string, question any) (answer, error) {
	body, err := encode(question)
	if err != nil {
		return answer{}, &Error{API: api, Class: Permanent, Err: err}
	}
	return c.call(ctx, api, "", body)
}

// call makes one attempt. Only when the signature is refused, which happens
// before anything else, is the same request made once more with a new one.
func (c *Client) call(ctx context.Context, api string, group chat.GroupID, body []byte) (answer, error) {
	sig, err := c.signer.current()
	if err != nil {
		return answer{}, &Error{API: api, Class: Configuration, Err: err}
	}
	a, failure := c.attempt(ctx, api, group, sig, body)
	if failure == nil {
		return a, nil
	}
	if failure.Code == 60004 || failure.Code == 60005 {
		_, _, _ = c.signer.replace(sig) // for the next attempt: the signature may be to blame
	}
	if failure.Class != Sig {
		return a, failure
	}
	if again, ok, err := c.signer.replace(sig); ok && err == nil {
		if a, failure = c.attempt(ctx, api, group, again, body); failure == nil {
			return a, nil
		}
	}
	if failure.Class == Sig {
		failure.Class = Configuration
	}
	return a, failure
}

// attempt waits for its turn and calls once.
func (c *Client) attempt(ctx context.Context, api string, group chat.GroupID, sig string, body []byte) (answer, *Error) {
	if left := c.pausedFor(); left > 0 {
		return answer{}, &Error{
			API: api, Class: Rate, Scope: ScopeApp, Wait: left,
			Err: errors.New("all calls of the application pause, as the service asked"),
		}
	}
	var l line
	if e := c.limits.wait(ctx, api, group, &l.leave); e != nil {
		return answer{}, e
	}
	began, base := time.Now(), c.hosts.pick()
	a, failure := c.post(ctx, &l, api, base, sig, body)
	l.ended()
	seen := Call{API: api, Backup: base != c.hosts.bases[0], Took: time.Since(began), Date: l.date}
	if failure != nil {
		seen.Class, seen.Code = failure.Class, failure.Code
		if failure.Scope == ScopeApp {
			c.pause(failure.Wait)
		}
	}
	c.observe(seen)
	return a, failure
}

// post sends the bytes and reads the answer. Nothing is retried here.
func (c *Client) post(ctx context.Context, l *line, api, base, sig string, body []byte) (answer, *Error) {
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if c.closed.Load() {
		defer c.transport.CloseIdleConnections()
	}
	resp, err := c.http.R().
		SetContext(l.watch(within)).
		SetBody(bytes.NewReader(body)). // read once, by the guard, and not copied before
		Post(c.address(api, base, sig) + network(ctx))
	if errors.Is(err, ErrGuard) {
		return answer{}, &Error{API: api, Class: Permanent, Err: guarded(err)}
	}
	l.dated(resp)
	if err != nil {
		if !errors.Is(ctx.Err(), context.Canceled) {
			c.hosts.failed(base)
		}
		return answer{}, &Error{API: api, HTTP: oddStatus(resp), Class: l.class(), Err: trouble(err)}
	}
	a, failure := judge(api, resp)
	if failure != nil && failure.Code == 0 && failure.Class == Unclear {
		c.hosts.failed(base)
	} else {
		c.hosts.answered(base)
	}
	return a, failure
}

// address is that of one call. Only the signature and a number that is new each
// time have to be written anew (product/1047/34620).
func (c *Client) address(api, base, sig string) string {
	random := strconv.FormatUint(uint64(rand.Uint32()), 10) //nolint:gosec // fresh for each call, and no secret
	return base + paths[api] + c.query + random + "&usersig=" + url.QueryEscape(sig)
}

// guarded is the guard's own words, without the address around them.
func guarded(err error) error {
	for err != nil {
		next := errors.Unwrap(err)
		if next == nil || !errors.Is(next, ErrGuard) {
			return err
		}
		err = next
	}
	return ErrGuard
}

// dated notes the service's clock. An answer without a readable date has the zero
// time, which says so.
func (l *line) dated(r *resty.Response) {
	if r != nil && r.RawResponse != nil {
		l.date, _ = http.ParseTime(r.Header().Get("Date"))
	}
}

// oddStatus is the status of an answer that has another than 200.
func oddStatus(r *resty.Response) int {
	if r == nil || r.StatusCode() == http.StatusOK {
		return 0
	}
	return r.StatusCode()
}

// judge reads an answer that came whole. The service's own always have status
// 200 (product/1047/34620); others are a gateway's.
func judge(api string, r *resty.Response) (answer, *Error) {
	switch status := r.StatusCode(); status {
	case http.StatusOK:
		return readAnswer(api, r.Body())
	case http.StatusTooManyRequests:
		return answer{}, &Error{API: api, HTTP: status, Class: Rate, Scope: ScopeAPI, Wait: leastWait}
	case http.StatusForbidden:
		return answer{}, &Error{API: api, HTTP: status, Class: Configuration}
	default:
		return answer{}, &Error{API: api, HTTP: status, Class: Unclear}
	}
}
