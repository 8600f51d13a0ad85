package simulator

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestItem1OnlyPostAndKnownCommands(t *testing.T) {
	t.Run("an unknown command of the group service is 60009", func(t *testing.T) {
		r := newRig(t)
		r.wantCode(r.group("send_group_message", `{}`), 60009)
	})
	t.Run("or 10003, by mode, but not for another service", func(t *testing.T) {
		r := newRig(t, in(Modes{UnknownCommand: "10003"}))
		r.wantCode(r.group("send_group_message", `{}`), 10003)
		r.wantCode(r.ask("openim/nothing", r.query(), `{}`), 60009)
	})
	t.Run("so is a path that cannot be one", func(t *testing.T) {
		r := newRig(t)
		r.wantCode(r.ask("send_group_msg", r.query(), `{}`), 60009)
		r.wantCode(r.ask("group_open_http_svc/send_group_msg/", r.query(), `{}`), 60009)
	})
	t.Run("GET is refused with status 200", func(t *testing.T) {
		r := newRig(t)
		resp, err := r.server.Client().Get(r.server.URL + "/v4/group_open_http_svc/send_group_msg?" + r.query().Encode())
		must(t, err)
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("status %d", resp.StatusCode)
		}
		if calls := r.sim.Calls(); len(calls) != 1 || calls[0].Code != 60009 {
			t.Errorf("recorded %+v", calls)
		}
	})
}

func TestItem2QueryParameters(t *testing.T) {
	for name, want := range map[string]int{"sdkappid": 60012, "identifier": 60025, "usersig": 60025, "random": 60025, "contenttype": 60025} {
		t.Run(name+" is missing", func(t *testing.T) {
			r := newRig(t)
			q := r.query()
			q.Del(name)
			r.wantCode(r.ask("group_open_http_svc/get_appid_group_list", q, `{}`), want)
		})
		t.Run(name+" is spelt with another case", func(t *testing.T) {
			r := newRig(t)
			q := r.query()
			q.Set(strings.ToUpper(name[:1])+name[1:], q.Get(name))
			q.Del(name)
			r.wantCode(r.ask("group_open_http_svc/get_appid_group_list", q, `{}`), want)
		})
	}
	t.Run("an asterisk written as %2A is the same", func(t *testing.T) {
		r := newRig(t)
		r.wantCode(r.ask("group_open_http_svc/get_appid_group_list", r.query(), `{}`), 0)
	})
}

func TestItem3RandomOfTheURL(t *testing.T) {
	for random, want := range map[string]int{"0": 0, "4294967295": 0, "4294967296": 60025, "-1": 60025, "1.5": 60025, "x": 60025, "": 60025} {
		t.Run(fmt.Sprintf("random %q is %d", random, want), func(t *testing.T) {
			r := newRig(t)
			q := r.query()
			q.Set("random", random)
			r.wantCode(r.ask("group_open_http_svc/get_appid_group_list", q, `{}`), want)
		})
	}
	t.Run("two messages under one random of the URL are two", func(t *testing.T) {
		r := newRig(t)
		r.send(message(1, nil))
		r.send(message(2, nil))
		r.wantSeen(1, staff, Targeted)
		r.wantSeen(2, staff, Targeted)
	})
}

func TestItem5UserSig(t *testing.T) {
	decoded, err := hex.DecodeString(key)
	must(t, err)
	good := func(at time.Time, level int) string {
		return sign([]byte(key), "administrator", appID, at, 3600, level)
	}
	tests := map[string]struct {
		sig  string
		edit func(url.Values)
		want int
	}{
		"zlib level 0":                       {sig: good(start, 0), want: 0},
		"zlib level 9":                       {sig: good(start, 9), want: 0},
		"its last second":                    {sig: good(start.Add(-time.Hour), 6), want: 0},
		"a second too late":                  {sig: good(start.Add(-time.Hour-time.Second), 6), want: 70001},
		"made in the future":                 {sig: good(start.Add(time.Hour), 6), want: 0},
		"empty":                              {sig: "", want: 70002},
		"not base64":                         {sig: "####", want: 70003},
		"ordinary base64":                    {sig: strings.NewReplacer("*", "+", "-", "/", "_", "=").Replace(good(start, 6)), want: 70003},
		"not zlib":                           {sig: "AAAA", want: 70003},
		"another version":                    {sig: pack(map[string]any{"TLS.ver": "1.0"}, 6), want: 70003},
		"a key is missing":                   {sig: pack(map[string]any{"TLS.ver": "2.0", "TLS.identifier": "administrator"}, 6), want: 70003},
		"another key":                        {sig: sign([]byte(strings.Repeat("0", 64)), "administrator", appID, start, 3600, 6), want: 70009},
		"the key decoded from hexadecimal":   {sig: sign(decoded, "administrator", appID, start, 3600, 6), want: 70009},
		"another identifier":                 {sig: sign([]byte(key), "Administrator", appID, start, 3600, 6), want: 70013},
		"another application":                {sig: sign([]byte(key), "administrator", appID+1, start, 3600, 6), want: 70014},
		"an application that does not exist": {sig: sign([]byte(key), "administrator", appID+1, start, 3600, 6), want: 70020, edit: func(q url.Values) { q.Set("sdkappid", fmt.Sprint(appID+1)) }},
	}
	for name, tt := range tests {
		t.Run(fmt.Sprintf("%s: %d", name, tt.want), func(t *testing.T) {
			r := newRig(t)
			q := r.query()
			q.Set("usersig", tt.sig)
			if tt.edit != nil {
				tt.edit(q)
			}
			r.wantCode(r.ask("group_open_http_svc/get_appid_group_list", q, `{}`), tt.want)
		})
	}
	t.Run("one that was good expires all the same", func(t *testing.T) {
		r := newRig(t)
		q := r.query()
		q.Set("usersig", good(start, 6))
		r.wantCode(r.ask("group_open_http_svc/get_appid_group_list", q, `{}`), 0)
		r.sim.Advance(time.Hour + time.Second)
		r.wantCode(r.ask("group_open_http_svc/get_appid_group_list", q, `{}`), 70001)
	})
	t.Run("one that was good does not serve another identifier", func(t *testing.T) {
		r := newRig(t, func(o *Options) { o.Administrators = []string{"administrator", "second"} })
		q := r.query()
		r.wantCode(r.ask("group_open_http_svc/get_group_info", q, `{"GroupIdList":["x"]}`), 0)
		q.Set("identifier", "second")
		r.wantCode(r.ask("group_open_http_svc/get_group_info", q, `{"GroupIdList":["x"]}`), 70013)
	})
	t.Run("an application without a key answers 70016", func(t *testing.T) {
		r := newRig(t, func(o *Options) { o.SecretKey = "" })
		r.wantCode(r.group("get_appid_group_list", `{}`), 70016)
	})
}

// fullVector is a UserSig made by the service's own library.
type fullVector struct {
	name, sig, identifier string
	app                   int
	made                  int64
	expire                int64
	key                   string
}

const (
	zeros = "0000000000000000000000000000000000000000000000000000000000000000"
	made  = "f1e2d3c4b5a697887766554433221100ffeeddccbbaa99887766554433221100"
)

func TestItem5Vectors(t *testing.T) {
	if len(vectors) != 10 {
		t.Fatalf("%d vectors, want 10", len(vectors))
	}
	for _, v := range vectors {
		t.Run(v.name+" passes until its last second", func(t *testing.T) {
			clock := time.Unix(v.made+v.expire, 0)
			sim, err := New(Options{SDKAppID: v.app, SecretKey: v.key, Administrators: []string{v.identifier}})
			must(t, err)
			must(t, sim.checkSig(v.sig, fmt.Sprint(v.app), v.identifier, clock))
			wantRefusal(t, sim.checkSig(v.sig, fmt.Sprint(v.app), v.identifier, clock.Add(time.Second)), 70001)
			wantRefusal(t, sim.checkSig(v.sig, fmt.Sprint(v.app+1), v.identifier, clock), 70014)
			wantRefusal(t, sim.checkSig(v.sig, fmt.Sprint(v.app), strings.ToUpper(v.identifier)+"x", clock), 70013)
		})
		t.Run(v.name+" fails under another key", func(t *testing.T) {
			sim, err := New(Options{SDKAppID: v.app, SecretKey: v.key[1:] + "e", Administrators: []string{v.identifier}})
			must(t, err)
			wantRefusal(t, sim.checkSig(v.sig, fmt.Sprint(v.app), v.identifier, time.Unix(v.made, 0)), 70009)
		})
	}
}

func wantRefusal(t *testing.T, err error, code int) {
	t.Helper()
	r, ok := errors.AsType[*refusal](err)
	if !ok || r.code != code {
		t.Errorf("got %v, want %d", err, code)
	}
}

func TestItem6LockoutAfterFailedChecks(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits.SigFailures = 3 })
	bad := r.query()
	bad.Set("usersig", sign([]byte(zeros), "administrator", appID, start, 3600, 6))
	const info, body = "group_open_http_svc/get_group_info", `{"GroupIdList":["x"]}`
	for range 3 {
		r.wantCode(r.ask(info, bad, body), 70009)
	}
	r.wantCode(r.ask(info, r.query(), body), 70050)
	r.sim.Advance(59 * time.Second)
	r.wantCode(r.ask(info, r.query(), body), 70050)
	r.sim.Advance(time.Second)
	r.wantCode(r.ask(info, r.query(), body), 0)

	t.Run("failures a minute apart do not add up", func(t *testing.T) {
		for range 5 {
			r.wantCode(r.ask(info, bad, body), 70009)
			r.sim.Advance(31 * time.Second)
		}
		r.wantCode(r.ask(info, r.query(), body), 0)
	})
}

func TestItem7OnlyAdministratorsMayCall(t *testing.T) {
	ask := func(r *rig, path string) answer {
		q := r.query()
		q.Set("identifier", "alice")
		q.Set("usersig", sign([]byte(key), "alice", appID, start, 3600, 6))
		return r.ask(path, q, `{}`)
	}
	t.Run("60010", func(t *testing.T) {
		r := newRig(t)
		r.wantCode(ask(r, "group_open_http_svc/get_appid_group_list"), 60010)
	})
	t.Run("by mode 10007 for groups and 90009 elsewhere", func(t *testing.T) {
		r := newRig(t, in(Modes{NotAdministrator: "service"}))
		r.wantCode(ask(r, "group_open_http_svc/get_appid_group_list"), 10007)
		r.wantCode(ask(r, "im_open_login_svc/account_import"), 90009)
	})
}

func TestItem8BodyIsAJSONObject(t *testing.T) {
	for _, body := range []string{``, `[]`, `"x"`, `null`, `{`, `{} {}`, `7`} {
		t.Run(fmt.Sprintf("%q is refused", body), func(t *testing.T) {
			r := newRig(t)
			r.wantCode(r.group("get_appid_group_list", body), 60003)
			r = newRig(t, in(Modes{BadBody: "10011"}))
			r.wantCode(r.group("get_appid_group_list", body), 10011)
		})
	}
	t.Run("over 1 MB is refused", func(t *testing.T) {
		r := newRig(t)
		r.wantCode(r.group("get_appid_group_list", `{"x":"`+strings.Repeat("x", maxBody)+`"}`), 60003)
	})
	t.Run("{} is not", func(t *testing.T) {
		r := newRig(t)
		r.wantCode(r.group("get_appid_group_list", `{}`), 0)
	})
	t.Run("no Content-Type is asked for", func(t *testing.T) {
		r := newRig(t)
		req := httptest.NewRequest(http.MethodPost, "/v4/group_open_http_svc/get_appid_group_list?"+r.query().Encode(), strings.NewReader(`{}`))
		w := httptest.NewRecorder()
		r.sim.Handler().ServeHTTP(w, req)
		if !strings.Contains(w.Body.String(), `"ErrorCode":0`) {
			t.Errorf("answered %s", w.Body)
		}
	})
	t.Run("openim says 90001", func(t *testing.T) {
		r := newRig(t, in(Modes{BadBody: "10011"}))
		if got := r.sim.badBody(&call{service: "openim"}); got != 90001 {
			t.Errorf("got %d", got)
		}
	})
}

func TestItem9AccountsAreStrings(t *testing.T) {
	r := newRig(t)
	r.wantCode(r.send(message(1, fieldSet{"From_Account": 5})), 60015)
	r.wantCode(r.send(message(1, fieldSet{"To_Account": []any{"alice", 5}})), 60015)
	r.wantCode(r.group("get_role_in_group", `{"GroupId":"`+room+`","User_Account":[1]}`), 60015)
	r.wantSeen(1, nil, "")
}

func TestItem10UnknownFieldsAreIgnored(t *testing.T) {
	for _, misspelt := range []string{"ToAccount", "to_account", "To_account", "Recipients"} {
		t.Run("a list under "+misspelt+" is no list: everybody sees it", func(t *testing.T) {
			r := newRig(t)
			r.wantCode(r.send(message(1, fieldSet{"To_Account": nil, misspelt: []string{"alice"}})), 0)
			r.wantSeen(1, everybody, Broadcast)
		})
	}
}
