package im

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

func TestAccounts(t *testing.T) {
	t.Run("which of them exist", func(t *testing.T) {
		s := say(t, `{"ActionStatus":"OK","ErrorCode":0,"ResultItem":[`+
			`{"UserID":"b","ResultCode":0,"AccountStatus":"NotImported"},{"UserID":"a","ResultCode":0,"ResultInfo":"","AccountStatus":"Imported"}]}`)
		got, err := newClient(t, testConfig(t, s.URL)).Accounts(t.Context(), []chat.UserID{"a", "b"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[chat.UserID]bool{"a": true, "b": false}, got); diff != "" {
			t.Error(diff)
		}
		if call := s.seen()[0]; call.raw != `{"CheckItem":[{"UserID":"a"},{"UserID":"b"}]}` || call.api != "/v4/im_open_login_svc/account_check" {
			t.Errorf("asked %s of %s", call.raw, call.api)
		}
	})
	t.Run("a hundred at a time", func(t *testing.T) {
		var ids []chat.UserID
		var first, second []string
		for i := range 101 {
			id := fmt.Sprintf("u%03d", i)
			entry := fmt.Sprintf(`{"UserID":%q,"ResultCode":0,"AccountStatus":"Imported"}`, id)
			if ids = append(ids, chat.UserID(id)); i < 100 {
				first = append(first, entry)
			} else {
				second = append(second, entry)
			}
		}
		page := func(list []string) string { return `{"ErrorCode":0,"ResultItem":[` + strings.Join(list, ",") + `]}` }
		s := say(t, page(first), page(second))
		got, err := newClient(t, testConfig(t, s.URL)).Accounts(t.Context(), ids)
		if err != nil || len(got) != 101 || len(s.seen()) != 2 {
			t.Errorf("%d of them in %d calls, %v", len(got), len(s.seen()), err)
		}
	})
	for name, list := range map[string]string{
		"one is left out":       `[]`,
		"one has no code":       `[{"UserID":"a","AccountStatus":"Imported"}]`,
		"one has no status":     `[{"UserID":"a","ResultCode":0}]`,
		"one has it twice":      `[{"UserID":"a","ResultCode":0,"AccountStatus":"NotImported","AccountStatus":"Imported"}]`,
		"one has it in another": `[{"UserID":"a","ResultCode":0,"accountstatus":"Imported"}]`,
		"one timed out":         `[{"UserID":"a","ResultCode":70169}]`,
		"there is no list":      `null`,
	} {
		t.Run("unclear: "+name, func(t *testing.T) {
			s := say(t, `{"ErrorCode":0,"ResultItem":`+list+`}`)
			_, err := newClient(t, testConfig(t, s.URL)).Accounts(t.Context(), []chat.UserID{"a"})
			wantClass(t, err, Unclear)
		})
	}
}

func TestMakingAccounts(t *testing.T) {
	s := say(t, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`)
	c := newClient(t, testConfig(t, s.URL))
	if err := c.ImportAccount(t.Context(), "quizbot", `The "Quiz" <b>`); err != nil {
		t.Error(err)
	}
	if err := c.CreateRobot(t.Context(), "@RBT#quiz", ""); err != nil {
		t.Error(err)
	}
	for i, want := range []string{
		`/v4/im_open_login_svc/account_import {"UserID":"quizbot","Nick":"The \"Quiz\" <b>"}`,
		`/v4/openim_robot_http_svc/create_robot {"UserID":"@RBT#quiz","Nick":""}`,
	} {
		if call := s.seen()[i]; call.api+" "+call.raw != want {
			t.Errorf("called %s %s, want %s", call.api, call.raw, want)
		}
	}
	for name, err := range map[string]error{
		"a robot as an account":  c.ImportAccount(t.Context(), "@RBT#quiz", ""),
		"an account as a robot":  c.CreateRobot(t.Context(), "quizbot", ""),
		"nobody":                 c.ImportAccount(t.Context(), "", ""),
		"too long a name":        c.ImportAccount(t.Context(), "quizbot", strings.Repeat("é", maxNick/2+1)),
		"a name that is no text": c.ImportAccount(t.Context(), "quizbot", "\xff"),
	} {
		if e := wantClass(t, err, Permanent); e.Code != 0 || len(s.seen()) != 2 {
			t.Errorf("%s: %v, after %d calls", name, e, len(s.seen()))
		}
	}
	full := newClient(t, testConfig(t, say(t, fail(10008)).URL)).CreateRobot(t.Context(), "@RBT#quiz", "")
	if e := wantClass(t, full, Configuration); !strings.Contains(e.Error(), "20 robots") {
		t.Errorf("of too many: %v", e)
	}
}

func TestRobots(t *testing.T) {
	s := say(t, `{"ErrorCode":0,"Robot_Account":["@RBT#b","@RBT#a"]}`, `{"ErrorCode":0}`)
	c := newClient(t, testConfig(t, s.URL))
	got, err := c.Robots(t.Context())
	if err != nil || !slices.Equal(got, []chat.UserID{"@RBT#a", "@RBT#b"}) || !IsRobot(got[0]) || IsRobot("quizbot") {
		t.Errorf("got %v, %v", got, err)
	}
	if call := s.seen()[0]; call.raw != `{}` || call.api != "/v4/openim_robot_http_svc/get_all_robots" {
		t.Errorf("asked %s of %s", call.raw, call.api)
	}
	_, err = c.Robots(t.Context())
	wantClass(t, err, Unclear)
}

func TestCallbackSources(t *testing.T) {
	s := say(t, `{"ActionStatus":"OK","ErrorCode":0,"IPList":["192.0.2.7","198.51.100.9/24","2001:db8::1"]}`, `{"ErrorCode":0,"IPList":["somewhere"]}`)
	c := newClient(t, testConfig(t, s.URL))
	got, err := c.CallbackSources(t.Context(), true)
	want := []netip.Prefix{netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8::1/128")}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = c.CallbackSources(t.Context(), false)
	wantClass(t, err, Unclear)
	for i, network := range []string{"5", "6"} {
		if call := s.seen()[i]; call.raw != `{}` || call.api != "/v4/ConfigSvc/GetIPList" || call.query["nettype"][0] != network {
			t.Errorf("asked %s of %s, %v", call.raw, call.api, call.query["nettype"])
		}
	}
}
