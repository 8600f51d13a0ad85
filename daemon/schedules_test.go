package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

// makes makes a schedule that strikes at nine in Seoul and says a text to the admins.
func (r *rig) makes(name, line string, more ...string) {
	r.t.Helper()
	r.tell(0, "is made", append([]string{"schedules", "create", "teller", name, line, "--timezone", "Asia/Seoul", "--trigger", "token",
		"--payload", fmt.Sprintf(`{"text":"this is %s"}`, name)}, more...)...)
}

func TestAScheduleIsMadeByHandAndStruck(t *testing.T) {
	r := newRig(t, "")
	r.tell(0, "no schedules", "schedules", "list")
	out := r.tell(0, "teller/daily would be made\nnext\n09:00 KST\nthen\nif it struck now\n| this is daily\nann\n2 of 4",
		"schedules", "create", "teller", "daily", "0 9 * * *", "--timezone", "Asia/Seoul", "--trigger", "token", "--payload", `{"text":"this is daily"}`, "--dry-run", "--show-text")
	if n := strings.Count(out, "09:00 KST"); n != 3 {
		t.Errorf("%d times are told:\n%s", n, out)
	}
	r.tell(0, "no schedules", "schedules", "list")
	r.makes("daily", "0 9 * * *", "--as", "kim", "--reason", "they asked")
	r.tell(0, "s1\nhand\nteller/daily\n0 9 * * * Asia/Seoul\n09:00 KST", "schedules", "list", "--bot", "teller", "--origin", "hand")
	r.tell(0, "no schedules", "schedules", "list", "--paused")
	out = r.tell(0, "schedule s1, teller/daily, made by hand by kim: they asked\nof trigger \"token\"\nto come\nmade by hand by kim: they asked at",
		"schedules", "show", "teller/daily")
	if strings.Contains(out, "this is daily") {
		t.Errorf("the payload is shown:\n%s", out)
	}
	r.tell(0, `with payload {"text":"this is daily"}`, "schedules", "show", "s1", "--show-text")

	// Struck by hand it is the real thing, and a double click is one.
	r.tell(0, "| this is daily\nann\nnothing was stored and nothing was sent", "schedules", "run", "s1", "--dry-run", "--show-text")
	r.tell(0, "s1 struck for\ne1; botd events show e1\nnext", "schedules", "run", "s1", "--as", "kim")
	r.tell(0, "was struck by hand within ten minutes, which made e1", "schedules", "run", "teller/daily")
	h := r.settled(1)
	if h.Event.Time.IsZero() || h.Event.Trigger != "token" {
		t.Errorf("%+v", h.Event)
	}
	r.tell(0, "e1\nstruck by kim\nstruck by hand by kim", "schedules", "show", "s1")
	r.tell(0, "e2", "schedules", "run", "s1", "--again")
	r.settled(2)
	want := map[string][]string{"ann": {"this is daily", "this is daily"}, "bo": {"this is daily", "this is daily"}}
	if diff := cmp.Diff(want, r.saw()); diff != "" {
		t.Errorf("who saw what (-want +got):\n%s", diff)
	}

	// What it missed before it was made is made up for, each once.
	now := time.Now().UTC()
	window := []string{"--from", now.AddDate(0, 0, -3).Format(time.RFC3339), "--to", now.Format(time.RFC3339)}
	fill := append([]string{"schedules", "backfill", "s1"}, window...)
	r.tell(0, "3 times of s1 would be made up for", append(fill, "--dry-run")...)
	r.tell(0, "e3\nthere are more, from", append(fill, "--limit", "1", "--as", "kim", "--reason", "we were away")...)
	r.tell(0, "e4\ne5", fill...)
	r.tell(0, "no time is left", fill...)
	var page console.FiringPage
	must(t, json.Unmarshal([]byte(r.tell(0, "", append([]string{"schedules", "firings", "s1", "--json", "--limit", "2"}, window...)...)), &page))
	if len(page.Firings) != 2 || page.Next == 0 || page.Firings[1].By == nil || !page.Firings[1].Meant.After(now.AddDate(0, 0, -2)) {
		t.Errorf("%+v", page)
	}
	for _, id := range []chat.EventID{3, 4, 5} {
		if h := r.settled(id); h.Event.Time.Hour() != 0 || h.Event.Time.After(now) {
			t.Errorf("%+v", h.Event)
		}
	}

	r.tell(0, "is paused until it is resumed\npaused by kim: the holidays", "schedules", "pause", "s1", "--as", "kim", "--reason", "the holidays")
	r.tell(0, "PAUSED", "schedules", "list", "--paused")
	r.tell(0, "paused by kim: the holidays, until it is resumed", "schedules", "next", "s1")
	r.tell(0, "is paused until\npaused by admin token until\nnext", "schedules", "pause", "s1", "--for", "36h")
	r.tell(0, "is paused until 2099-01-01T00:00:00+09:00", "schedules", "pause", "s1", "--until", "2099-01-01") // by the clock in Seoul
	r.tell(0, "s1 goes on\nnext", "schedules", "resume", "s1")
	r.tell(1, "409\nit is not paused", "schedules", "resume", "s1")
	r.tell(0, "s1 is deleted", "schedules", "delete", "s1", "--reason", "enough")
	r.tell(1, "409\nis gone since", "schedules", "run", "s1")
	r.tell(0, "no schedules", "schedules", "list")
	r.tell(0, "gone since", "schedules", "list", "--gone")
	r.tell(0, "deleted by admin token: enough", "schedules", "show", "teller/daily")
	if line, ok := r.logged("schedule struck"); !ok || line["name"] != "daily" {
		t.Errorf("the log says %v", line)
	}
	if strings.Contains(r.log.String(), "this is daily") {
		t.Error("the log has the text")
	}
}

func TestWhatIsNotOutInTimeIsListed(t *testing.T) {
	r := newRig(t, "")
	r.makes("punctual", "@yearly", "--late-after", "1m")
	r.makes("other", "@yearly")
	r.end()
	r.inStore(`UPDATE schedule SET lateness = replace(lateness, '1m0s', '1s') WHERE name = 'punctual'`) // shorter than one can be, to be late soon
	r.startAgain()
	r.tell(0, "", "pause", "teller")
	r.tell(0, "e1", "schedules", "run", "s1")
	r.tell(0, "e2", "schedules", "run", "s2")
	r.until("it is late", func() bool {
		var page console.SchedulePage
		r.ask("/v1/schedules?late=true", &page)
		return len(page.Schedules) == 1 && page.Schedules[0].ID == 1 && page.Schedules[0].Late
	})
	out := r.tell(0, "LATE", "schedules", "list")
	if n := strings.Count(out, "  LATE\n"); n != 1 {
		t.Errorf("%d are late:\n%s", n, out)
	}
	r.tell(0, "there is an alarm if it is not out 1s after the time meant\nLATE\nunderway", "schedules", "show", "s1")
}

func TestWhatCannotBeMadeOrDoneToASchedule(t *testing.T) {
	r := newRig(t, clocked)
	create := func(bot, name, line string, more ...string) []string {
		return append([]string{"schedules", "create", bot, name, line, "--trigger", "token"}, more...)
	}
	r.tell(1, "404: no bot \"tellr\"; did you mean teller?", create("tellr", "x", "@daily")...)
	r.tell(1, "404\nhas no trigger \"nothing\"", "schedules", "create", "teller", "x", "@daily", "--trigger", "nothing")
	r.tell(1, "422\na step of 90", create("teller", "x", "*/90 * * * *")...)
	r.tell(1, "422\nall its times have passed", "schedules", "create", "teller", "x", "--at", "2020-01-01 09:00", "--trigger", "token")
	r.tell(1, "422\nthere is no calendar \"kr\"", create("teller", "x", "@daily", "--skip", "kr")...)
	r.tell(1, "422\nname: \"a b\" is none", create("teller", "a b", "@daily")...)
	r.tell(1, "422\nlate_after: is longer than expires\nno rule: \"perhaps\"", create("teller", "x", "@daily", "--expires", "1h", "--late-after", "2h", "--missed", "perhaps")...)
	r.tell(1, "422\nexpires: is out of range; it must be a length of time from 1m to 720h", create("teller", "x", "@daily", "--expires", "1s")...)
	r.tell(1, "422\njitter: can put a time off beyond the next one, which comes 1m later", create("teller", "x", "* * * * *", "--jitter", "90m")...)
	r.tell(1, "422\noverlap: is of times that come one after the other", "schedules", "create", "teller", "x", "--at", "2036-01-01 09:00", "--trigger", "token", "--overlap", "skip")
	r.tell(1, "422\nbrings no payload", "schedules", "create", "clocked", "x", "@daily", "--trigger", "morning", "--payload", "{}")
	r.tell(1, "404\nnot one of bot", create("teller", "x", "@daily", "--group", "@TGS#2OTHER")...)
	r.tell(2, "say with --trigger", "schedules", "create", "teller", "x", "@daily")
	r.tell(2, "is not JSON", create("teller", "x", "@daily", "--payload", "{")...)
	r.tell(0, "no schedules", "schedules", "list", "--origin", "hand")

	r.makes("twice", "@daily")
	r.tell(1, "409\na schedule of that name", create("teller", "twice", "@weekly")...)
	r.tell(2, "neither the id of a schedule, s17, nor BOT/NAME", "schedules", "pause", "twice")
	r.tell(1, "has no schedule nothing", "schedules", "pause", "teller/nothing")
	r.tell(1, "404: no schedule s99", "schedules", "show", "s99")
	r.tell(2, "give one of them", "schedules", "pause", "teller/twice", "--for", "1h", "--until", "2027-01-01")
	r.tell(1, "409", "schedules", "pause", "teller/twice", "--until", "2020-01-01")
	r.tell(2, "--from and --to", "schedules", "backfill", "teller/twice")
	r.tell(1, "422\nno time lies between", "schedules", "backfill", "teller/twice", "--from", "2099-01-01", "--to", "2099-02-01")
	r.tell(1, "422\nis not known any more", "schedules", "backfill", "teller/twice", "--from", "2026-01-01", "--to", "2099-02-01", "--dry-run")
	r.tell(1, "422\nit ends", "schedules", "simulate", "--from", "2027-01-01", "--to", "2026-01-01")
	r.tell(1, "422\n10 years", "schedules", "simulate", "--from", "2027-01-01", "--to", "2047-01-01")

	for _, c := range []struct{ path, body, want string }{
		{"/v1/schedules", `{"bot":"teller","name":"x","trigger":"token","when":{"schedule":"@daily","untill":"2026-12-31"}}`, "unknown field"},
		{"/v1/schedules", `{"bot":"teller","name":"x"}`, "say of which bot it is"},
		{"/v1/schedules/s1/pause", `{"untill":"2027-01-01T00:00:00Z"}`, `no field \"untill\" here`},
		{"/v1/schedules/s1/backfill", `{"from":"2026-12-01T00:00:00Z"}`, "say from when to when"},
		{"/v1/schedules/s1/backfill", `{"from":"2026-12-01T00:00:00Z","to":"2026-12-02T00:00:00Z","limit":101}`, "limit is a number from 1 to 100"},
		{"/v1/schedules/17/run", `{}`, "is not the id of a schedule"},
	} {
		if a := r.order(c.path, c.body, nil); a.status != http.StatusBadRequest || !strings.Contains(a.body, c.want) {
			t.Errorf("%s %s: %d %s; want %s", c.path, c.body, a.status, a.body, c.want)
		}
	}
}

// simulated is a bot with quiet hours and a calendar.
const simulated = `
  evenings:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    quiet: {from: "22:00", until: "07:00", timezone: Europe/Berlin}
    on:
      night: {schedule: "0 23,1 * * *", timezone: Europe/Berlin, calendar: {skip: rest}}
    audience: {everyone: true}
    rules: [{on: night, to: 'id == "dee"', say: "Good morning."}]
calendars: {rest: {file: rest.txt}}
`

func TestWhatSchedulesComeToIsSimulated(t *testing.T) {
	r := newRig(t, "")
	r.makes("daily", "30 2 * * *")
	for i := range 19 {
		r.makes(fmt.Sprintf("more%d", i), fmt.Sprintf("%d 9 * * 1-5", i))
	}
	began := time.Now()
	var s console.Simulation
	must(t, json.Unmarshal([]byte(r.tell(0, "", "schedules", "simulate", "--from", "2027-01-01", "--to", "2028-01-01", "--limit", "10000", "--json")), &s))
	took := time.Since(began)
	t.Logf("a year of %d schedules, %d steps: %s", len(s.Schedules), len(s.Steps), took)
	if took > 5*time.Second || s.Ends != "" || len(s.Schedules) != 20 || s.Schedules[0].Strikes != 365 || s.Schedules[1].Strikes != 261 || len(s.Steps) != 365+19*261 {
		t.Errorf("%s, %q, %+v, %d steps", took, s.Ends, s.Schedules, len(s.Steps))
	}
	for i, x := range s.Steps[1:] {
		if x.Meant.Before(s.Steps[i].Meant) {
			t.Fatalf("%s comes after %s", x.Meant, s.Steps[i].Meant)
		}
	}
	if want := []console.Reach{{Group: room, Messages: 1, People: 2}}; len(s.Steps[0].Reach) == 0 || cmp.Diff(want, s.Steps[0].Reach) != "" {
		t.Errorf("%+v", s.Steps[0])
	}
	r.tell(0, "teller/daily\n1 message to 2 recipients\nann sees message 1\ncy does not see message 1\nit ends at\n3 moments are all", "schedules", "simulate", "--schedule", "teller/daily", "--show", "--limit", "3")
	r.tell(0, "s1 teller/daily: strikes 7 times, 0 are left out", "schedules", "simulate", "--schedule", "s1", "--each")
	if saw := r.saw(); len(saw) != 0 {
		t.Errorf("seen: %v", saw)
	}
}

func TestQuietHoursAndCalendarsAreSimulated(t *testing.T) {
	r := newRig(t, "")
	must(t, os.WriteFile(filepath.Join(r.folder, "rest.txt"), []byte("2027-03-10..2027-03-12\n"), 0o600))
	text, err := os.ReadFile(r.config())
	must(t, err)
	must(t, os.WriteFile(r.config(), append(text, simulated...), 0o600))
	r.reload()
	out := r.tell(0, "evenings/night\nwaits until quiet hours are over\na date of calendar rest\nclocks change in Europe/Berlin: Sun 2027-03-28 02:00 CET is Sun 2027-03-28 03:00 CEST\n1 message to 1 recipient",
		"schedules", "simulate", "--bot", "evenings", "--from", "2027-03-08T12:00:00Z", "--to", "2027-03-29T12:00:00Z")
	for _, line := range []string{
		"evenings/night  Mon 2027-03-08 23:00 CET  2027-03-08T22:00:00Z  left out: quiet hours, and a later time strikes when they are over",
		"evenings/night  Tue 2027-03-09 01:00 CET  2027-03-09T00:00:00Z  strikes 2027-03-09T06:00:00Z; waits until quiet hours are over",
		"evenings/night  Wed 2027-03-10 01:00 CET  2027-03-10T00:00:00Z  left out, with those to 2027-03-12T22:00:00Z, 6 in all: a date of calendar rest",
	} {
		if !strings.Contains(out, line) {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	r.tell(0, "file\nevenings/night", "schedules", "list", "--bot", "evenings")
	r.tell(1, "409\nit is in the configuration; take it out there and reload, or pause it", "schedules", "delete", "evenings/night")
	r.tell(0, "is paused", "schedules", "pause", "evenings/night", "--reason", "for a while")
	r.edit("Good morning.", "Good morning!")
	r.reload()
	r.tell(0, "PAUSED", "schedules", "list", "--bot", "evenings")
	r.tell(0, "struck for", "schedules", "run", "evenings/night")
	r.until("dee saw it", func() bool { return cmp.Diff([]string{"Good morning!"}, r.saw()["dee"]) == "" })
}
