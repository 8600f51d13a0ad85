package doctor_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/doctor"
	"github.com/botd-chat/botd/im/simulator"
)

func TestWhereAllIsWell(t *testing.T) {
	c := newClinic(t)
	c.service.Sent.Accepted = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	list := c.examine()
	if len(list) != 6 || problems(list) != 0 {
		t.Errorf("%+v", list)
	}
	has(t, list, "service", "", "the service at http://127.0.0.1:", "")
	has(t, list, "time", "", "have the same time", "")
	has(t, list, "credentials", "", `the administrator "administrator" are accepted`, "")
	has(t, list, "accounts", "", "all that are named exist: administrator, quizbot", "")
	has(t, list, "edition", "", "the service took one on 2026-11-30 at 12:00 UTC", "")
	has(t, list, "groups", "", "bots.quiz: its group is there, of type Public with 3 members", "")
	if n := len(c.sim.Messages()); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}

// Each thing that is wrong is one problem, and the others are as they were.
func TestEachThingThatIsWrongIsOneFinding(t *testing.T) {
	for _, x := range []struct {
		name                   string
		change                 func(*clinic)
		check, problem, remedy string
		alone                  bool // nothing could be asked after it
	}{
		{"another key", func(c *clinic) { c.service.App.SecretKey = config.NewSecret(key[1:] + "0") }, "credentials", "70009", "copy it anew from the console", true},
		{"no administrator", func(c *clinic) { c.service.App.Administrator = "quizbot" }, "credentials", "60010", `set "quizbot" as an administrator in the console`, true},
		{"another application", func(c *clinic) { c.service.App.SDKAppID++ }, "credentials", "70020", "apps.main.sdk_app_id", true},
		{"an address that may not call", func(c *clinic) { must(c.t, c.sim.Inject(simulator.Fault{Kind: simulator.ErrorCode, Code: 60021})) }, "credentials", "60021", "let this machine's address call", true},
		{"an unpaid bill", func(c *clinic) { must(c.t, c.sim.Inject(simulator.Fault{Kind: simulator.ErrorCode, Code: 60020})) }, "credentials", "60020", "billing", true},
		{"a code that nobody knows", func(c *clinic) { must(c.t, c.sim.Inject(simulator.Fault{Kind: simulator.ErrorCode, Code: 60999})) }, "credentials", "60999", "look the code up", true},
		{"a missing account", func(c *clinic) { c.bot().Account = "nobody" }, "accounts", `there is no account "nobody" in the application "main", so nothing can be sent as it (bots.quiz)`, "botd accounts create", false},
		{"a group that is not there", func(c *clinic) { c.bot().Groups = append(c.bot().Groups, "@TGS#2GONE") }, "groups", `bots.quiz: the group "@TGS#2GONE" does not exist`, "correct its id", false},
		{"a Community", func(c *clinic) { c.join("@TGS#_COMMUNITY", "Community") }, "groups", "is of type Community, in which no message can be for some members alone", "Work, Public or Meeting", false},
		{"a live room", func(c *clinic) { c.join("@TGS#aLIVE", "AVChatRoom") }, "groups", "is of type AVChatRoom", "Work, Public or Meeting", false},
		{"nobody to tell", func(c *clinic) {
			must(c.t, c.sim.Leave(room, "alice"))
			must(c.t, c.sim.SetRole(room, "bob", "Member"))
		}, "groups", "has nobody now in the audience of the bot (owner, admin, the sender)", "give the group an owner or admins", false},
		{"admins of a Work group", func(c *clinic) {
			c.join("@TGS#1WORK", "Work", simulator.Member{ID: "carol"})
			c.bot().Audience = chat.Audience{Roles: []chat.Role{chat.Admin}}
		}, "groups", `the group "@TGS#1WORK" has nobody now`, "a Work group has an owner and no admins", false},
		{"a robot that nobody can name", func(c *clinic) {
			c.bot().Triggers = []config.Trigger{{Name: "named", Callback: &config.Callback{Via: chat.ViaMention, Any: true}}}
		}, "groups", "does not have the bot's robot quizbot as a member", "add quizbot to the group", false},
		{"an edition without targeted messages", func(c *clinic) {
			c.service.Sent = doctor.Sent{Accepted: c.now.Add(-time.Hour), Edition: c.now}
		}, "edition", "refused a targeted message", "choose Pro", false},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newClinic(t)
			x.change(c)
			list := c.examine()
			has(t, list, x.check, x.problem, "", x.remedy)
			if problems(list) != 1 || x.alone != (find(list, "groups") == nil) {
				t.Errorf("%+v", list)
			}
		})
	}
}

// join makes a group and gives it to the bot.
func (c *clinic) join(id chat.GroupID, kind string, members ...simulator.Member) {
	c.t.Helper()
	must(c.t, c.sim.AddGroup(simulator.Group{ID: string(id), Type: kind, Name: "Other", Members: members}))
	c.bot().Groups = append(c.bot().Groups, id)
}

func TestAWrongClockIsToldAsSuch(t *testing.T) {
	for _, x := range []struct {
		name    string
		off     time.Duration
		problem string
		refused bool
	}{
		{"a little off", 10 * time.Second, "", false},
		{"five minutes fast", 5 * time.Minute, "clock is 5m0s ahead of the service's", false},
		{"two minutes slow", -2 * time.Minute, "clock is 2m0s behind the service's", false},
		{"three days slow, which makes signatures that have expired", -72 * time.Hour, "clock is 72h0m0s behind the service's", true},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newClinic(t)
			// The answer's date is cut to the second, so it comes from a clock that is too.
			service := c.now.Add(-x.off).Truncate(time.Second)
			simulated := c.handler
			c.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", service.UTC().Format(http.TimeFormat))
				simulated.ServeHTTP(w, r)
			})
			c.now = service.Add(x.off + time.Second/2)
			c.sim.Advance(time.Until(service))
			list := c.examine()
			if x.problem == "" {
				has(t, list, "time", "", "have the same time", "")
				return
			}
			has(t, list, "time", x.problem, "", "NTP")
			if x.refused {
				has(t, list, "credentials", "70001", "", "set the clock first, which is wrong as told above")
			} else if problems(list) != 1 {
				t.Errorf("%+v", list)
			}
		})
	}
}

func TestAServiceThatTellsNoTimeIsNoProblem(t *testing.T) {
	c := newClinic(t)
	simulated := c.handler
	c.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		simulated.ServeHTTP(w, r)
	})
	list := c.examine()
	has(t, list, "time", "", "does not tell what time it has", "timedatectl")
	if problems(list) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestAServiceThatCannotBeReachedIsOneFinding(t *testing.T) {
	for name, change := range map[string]func(*clinic){
		"nobody is there": func(c *clinic) { c.service.App.BaseURL = nobody(c.t) },
		"a gateway answers": func(c *clinic) {
			must(c.t, c.sim.Inject(simulator.Fault{Kind: simulator.BadStatus}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClinic(t)
			change(c)
			list := c.examine()
			if len(list) != 1 {
				t.Errorf("%+v", list)
			}
			has(t, list, "service", "cannot be asked", "", "nothing else about this application was asked")
		})
	}
}

// nobody is an address where nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return "http://" + l.Addr().String()
}

// What the service does not answer this time is not said to be wrong.
func TestWhatIsNotAnsweredIsNotWrong(t *testing.T) {
	for api, check := range map[string]string{"get_group_info": "groups", "get_group_member_info": "groups"} {
		t.Run(api, func(t *testing.T) {
			c := newClinic(t)
			must(t, c.sim.Inject(simulator.Fault{API: api, Kind: simulator.HangUp}))
			list := c.examine()
			has(t, list, check, "", "could not be read", "call botd doctor again in a minute")
			if problems(list) != 0 {
				t.Errorf("%+v", list)
			}
		})
	}
	c := newClinic(t)
	must(t, c.sim.Inject(simulator.Fault{Kind: simulator.ErrorCode, Code: 60018}))
	has(t, c.examine(), "credentials", "", "60018", "again in a minute")
}

func TestWhereCallbacksComeFrom(t *testing.T) {
	for _, x := range []struct {
		name                    string
		told                    []string // by the service
		sources                 string
		problem, detail, remedy string
	}{
		{"all are there", []string{"192.0.2.7", "198.51.100.0/24"}, "192.0.2.0/24 198.51.0.0/16", "", "every network that the service names is in sources", ""},
		{"one is not", []string{"192.0.2.7", "198.51.100.0/24"}, "192.0.2.0/24", "the service also sends callbacks from 198.51.100.0/24", "", "add them to sources"},
		{"part of one is not", []string{"198.51.100.0/24"}, "198.51.100.0/25", "198.51.100.0/24", "", "add them to sources"},
		{"the service tells none", nil, "192.0.2.0/24", "", "does not tell from where callbacks come", "on request"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newClinic(t)
			for text := range strings.FieldsSeq(x.sources) {
				c.service.App.Callbacks.Sources = append(c.service.App.Callbacks.Sources, netip.MustParsePrefix(text))
			}
			simulated := c.handler
			c.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasSuffix(r.URL.Path, "/GetIPList") {
					simulated.ServeHTTP(w, r)
					return
				}
				_ = json.NewEncoder(w).Encode(map[string]any{"ActionStatus": "OK", "ErrorCode": 0, "IPList": append([]string{}, x.told...)})
			})
			has(t, c.examine(), "sources", x.problem, x.detail, x.remedy)
		})
	}
	if list := newClinic(t).examine(); find(list, "sources") != nil {
		t.Errorf("callbacks may come from anywhere, and yet: %+v", list)
	}
}
