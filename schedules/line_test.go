package schedules

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// parse reads a line in a zone, that strikes on all days.
func parse(line, zone string) (Schedule, error) {
	return Read(chat.Timing{Line: line, Zone: zone}, at("2026-11-24T00:00:00Z"), nil)
}

func TestRefusedLines(t *testing.T) {
	for _, c := range []struct{ line, zone, says string }{
		{"", "", "empty"},
		{"   ", "", "empty"},
		{"* * * *", "", "4 fields"},
		{"0 * * * * *", "", "no seconds"},
		{"* * * * * * *", "", "7 fields"},
		{"TZ=UTC", "", "timezone"},
		{"CRON_TZ=UTC", "", "timezone"},
		{"CRON_TZ= * * * * *", "", "timezone"},
		{"TZ=Local * * * * *", "", "timezone"},
		{"TZ=Asia/Seoul 0 9 * * *", "", "timezone"},
		{"@every -5s", "", "too fast"},
		{"@every 0s", "", "too fast"},
		{"@every", "", "@every 90m"},
		{"@reboot", "", "unknown"},
		{"@DAILY", "", "unknown"},
		{"@daily 5", "", "unknown"},
		{"@", "", "unknown"},
		{"*/90 * * * *", "", "from 1 to 59"},
		{"*/60 * * * *", "", "from 1 to 59"},
		{"*/0 * * * *", "", "from 1 to 59"},
		{"*/-5 * * * *", "", "not a number"},
		{"*/ * * * *", "", "not a number"},
		{"*/5/5 * * * *", "", "not a number"},
		{"*/100 * * * *", "", "one or two digits"},
		{"10-20/15 * * * *", "", "from 1 to 10"},
		{"5/15 * * * *", "", "5-59/15"},
		{"0 */24 * * *", "", "from 1 to 23"},
		{"1,,2 * * * *", "", "extra comma"},
		{",1 * * * *", "", "extra comma"},
		{"1, * * * *", "", "extra comma"},
		{"*-5 * * * *", "", "not a number"},
		{"5-* * * * *", "", "not a number"},
		{"** * * * *", "", "not a number"},
		{"? * * * *", "", "not a number"},
		{"60 * * * *", "", "from 0 to 59"},
		{"0 24 * * *", "", "from 0 to 23"},
		{"0 0 0 * *", "", "from 1 to 31"},
		{"0 0 32 * *", "", "from 1 to 31"},
		{"0 0 * 0 *", "", "from 1 to 12"},
		{"0 0 * 13 *", "", "from 1 to 12"},
		{"0 0 * * 8", "", "from 0 to 7"},
		{"-1 * * * *", "", "not a number"},
		{"+1 * * * *", "", "not a number"},
		{"1.5 * * * *", "", "not a number"},
		{"0x5 * * * *", "", "not a number"},
		{"001 * * * *", "", "not a number"},
		{"1_0 * * * *", "", "not a number"},
		{"99999999999999999999 * * * *", "", "not a number"},
		{"0 9-5 * * *", "", "does not go up"},
		{"0 0 * * fri-mon", "", "write two items, such as 5-6,0-1"},
		{"0 1-2-3 * * *", "", "not a number"},
		{"0 0 * * monday", "", "a name such as mon"},
		{"0 0 * 1 jan", "", "not a number"},
		{"0 0 * foo *", "", "a name such as feb"},
		{"0 0 L * *", "", "not supported"},
		{"0 0 15W * *", "", "not supported"},
		{"0 0 * * 5#2", "", "not supported"},
		{"0 0 * * */mon", "", "not a number"},
		{"0 0 31 2 *", "", "the last day they have is 29"},
		{"0 0 30,31 2 *", "", "the last day they have is 29"},
		{"0 0 31 4,6,9,11 *", "", "the last day they have is 30"},
		{"0 0 30 2 ?", "", "never comes"},
		{"0\u00a09 * * *", "", "ASCII"},
		{"0 9 * * 1–5", "", "ASCII"},
		{"0 9 * * *\n0 10 * * *", "", "ASCII"},
		{"0 9 * * \x00", "", "ASCII"},
		{strings.Repeat("1,", 300) + "1 * * * *", "", "longer than"},
		{"0 9 * * *", "Local", "each machine"},
		{"0 9 * * *", "local", "each machine"},
		{"0 9 * * *", "Asia/Soeul", "Asia/Seoul"},
		{"0 9 * * *", "UTC+9", "IANA"},
		{"0 9 * * *", "../../etc/passwd", "IANA"},
		{"0 9 * * *", "/etc/localtime", "IANA"},
		{"0 9 * * *", "right/UTC", "no place"},
		{"0 9 * * *", "localtime", "no place"},
		{"0 9 * * *", " ", "IANA"},
	} {
		t.Run(c.line+" "+c.zone, func(t *testing.T) {
			_, err := parse(c.line, c.zone)
			if err == nil {
				t.Fatal("it was taken")
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v\nwant it to say %q", err, c.says)
			}
		})
	}
}

func TestNext(t *testing.T) {
	for _, c := range []struct{ line, zone, after, want string }{
		// Plain lines. 2026-11-24 is a Tuesday.
		{"* * * * *", "", "2026-11-24T09:00:00Z", "2026-11-24T09:01:00Z"},
		{"* * * * *", "", "2026-11-24T09:00:59.5Z", "2026-11-24T09:01:00Z"},
		{"0 9 * * *", "", "2026-11-24T08:59:59.999Z", "2026-11-24T09:00:00Z"},
		{"0 9 * * *", "", "2026-11-24T09:00:00Z", "2026-11-25T09:00:00Z"},
		{" 0  9\t* * * ", "", "2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z"},
		{"05 09 * * *", "", "2026-11-24T08:00:00Z", "2026-11-24T09:05:00Z"},
		{"0 9 * * 1-5", "Asia/Seoul", "2026-11-27T00:00:00Z", "2026-11-30T00:00:00Z"},
		{"*/15 * * * *", "", "2026-11-24T09:46:00Z", "2026-11-24T10:00:00Z"},
		{"10-50/20 3 * * *", "", "2026-11-24T03:10:00Z", "2026-11-24T03:30:00Z"},
		{"0 */7 * * *", "", "2026-11-24T21:00:00Z", "2026-11-25T00:00:00Z"},
		{"0 0 * * 0", "", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z"},
		{"0 0 * * 7", "", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z"},
		{"0 0 * * sun", "", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z"},
		{"0 0 * * FRI-Sun", "", "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"},
		{"0 0 * * 5-7", "", "2026-11-29T00:00:00Z", "2026-12-04T00:00:00Z"},
		{"0 0 * * 1-7/3", "", "2026-11-26T00:00:00Z", "2026-11-29T00:00:00Z"}, // Monday, Thursday, Sunday
		{"0 0 * jan,Mar *", "", "2026-11-24T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"0 0 ? * ?", "", "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"},
		{"0 0 31 * *", "", "2026-11-24T00:00:00Z", "2026-12-31T00:00:00Z"},
		{"0 0 31 2,3 *", "", "2026-11-24T00:00:00Z", "2027-03-31T00:00:00Z"},
		// Both days restricted: either. A star with step 1 is no restriction, a
		// step of 2 is.
		{"0 0 13 * 5", "", "2026-11-24T00:00:00Z", "2026-11-27T00:00:00Z"},
		{"0 0 13 * 5", "", "2026-12-12T00:00:00Z", "2026-12-13T00:00:00Z"},
		{"0 0 */1 * 5", "", "2026-11-24T00:00:00Z", "2026-11-27T00:00:00Z"},
		{"0 0 */2 * 5", "", "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"},
		{"0 0 31 2 1", "", "2026-11-24T00:00:00Z", "2027-02-01T00:00:00Z"},
		// Words.
		{"@hourly", "", "2026-11-24T09:30:00Z", "2026-11-24T10:00:00Z"},
		{"@daily", "Asia/Seoul", "2026-11-24T00:00:00Z", "2026-11-24T15:00:00Z"},
		{"@midnight", "", "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"},
		{"@weekly", "", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z"},
		{"@monthly", "", "2026-11-24T00:00:00Z", "2026-12-01T00:00:00Z"},
		{"@yearly", "", "2026-11-24T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"@annually", "", "2026-11-24T00:00:00Z", "2027-01-01T00:00:00Z"},
		// Leap days, also over a year that has none although it is a multiple of
		// four.
		{"0 0 29 2 *", "", "2026-11-24T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"0 0 29 2 *", "", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"},
		{"*/5 3 29 2 *", "America/New_York", "2096-03-01T00:00:00Z", "2104-02-29T08:00:00Z"},
		// The last day of a leap year, in a zone that changes its clocks by rule.
		{"0 9 * * *", "America/New_York", "2028-12-31T05:00:00Z", "2028-12-31T14:00:00Z"},
		{"0 9 * * *", "America/New_York", "2028-12-31T14:00:00Z", "2029-01-01T14:00:00Z"},
		{"*/7 9 * * *", "America/New_York", "2028-12-31T14:56:00Z", "2029-01-01T14:00:00Z"},

		// New York, spring: 02:00 becomes 03:00 on 2026-03-08.
		{"30 2 * * *", "America/New_York", "2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z"},
		{"30 2 * * *", "America/New_York", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"},
		{"0,30 2 * * *", "America/New_York", "2026-03-08T06:59:00Z", "2026-03-08T07:00:00Z"},
		{"0,30 2 * * *", "America/New_York", "2026-03-08T07:00:00Z", "2026-03-09T06:00:00Z"},
		{"0 3 * * *", "America/New_York", "2026-03-08T06:59:00Z", "2026-03-08T07:00:00Z"},
		{"*/30 2 * * *", "America/New_York", "2026-03-08T06:59:00Z", "2026-03-09T06:00:00Z"},
		{"30 * * * *", "America/New_York", "2026-03-08T06:30:00Z", "2026-03-08T07:30:00Z"},
		// New York, autumn: 02:00 becomes 01:00 on 2026-11-01.
		{"30 1 * * *", "America/New_York", "2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z"},
		{"30 1 * * *", "America/New_York", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"},
		{"30 1 * * *", "America/New_York", "2026-11-01T06:00:00Z", "2026-11-02T06:30:00Z"},
		{"30 * * * *", "America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"},
		{"30 * * * *", "America/New_York", "2026-11-01T06:30:00Z", "2026-11-01T07:30:00Z"},
		{"*/30 1 * * *", "America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z"},
		{"0 2 * * *", "America/New_York", "2026-11-01T05:59:00Z", "2026-11-01T07:00:00Z"},
		// Midnights that do not exist.
		{"0 0 * * *", "America/Sao_Paulo", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"},
		{"0 0 * * *", "America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		{"0 0 4 11 *", "America/Sao_Paulo", "2018-11-01T00:00:00Z", "2018-11-04T03:00:00Z"},
		{"0 0 * * *", "Asia/Beirut", "2024-03-29T22:00:00Z", "2024-03-30T22:00:00Z"},
		{"0 0 * * *", "Asia/Beirut", "2024-03-30T22:00:00Z", "2024-03-31T21:00:00Z"},
		{"*/20 0 * * *", "Asia/Beirut", "2024-03-30T21:59:00Z", "2024-03-31T21:00:00Z"},
		// A midnight that comes twice: Havana, 01:00 becomes 00:00.
		{"30 0 * * *", "America/Havana", "2026-11-01T04:29:00Z", "2026-11-01T04:30:00Z"},
		{"30 0 * * *", "America/Havana", "2026-11-01T04:30:00Z", "2026-11-02T05:30:00Z"},
		// Half an hour: Lord Howe, 02:00 becomes 02:30 and back.
		{"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T14:00:00Z", "2026-10-03T15:30:00Z"},
		{"45 1 * * *", "Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T14:45:00Z"},
		{"45 1 * * *", "Australia/Lord_Howe", "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"},
		{"45 * * * *", "Australia/Lord_Howe", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"},
		// A gap that ends on the next day: Scoresbysund, Saturday 24:00 at 23:00.
		{"30 23 * * 6", "America/Scoresbysund", "2026-03-28T00:00:00Z", "2026-03-29T01:00:00Z"},
		{"30 23 * * *", "America/Scoresbysund", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},
		// A day that was left out: Apia, 30 December 2011.
		{"0 9 * * *", "Pacific/Apia", "2011-12-29T19:00:00Z", "2011-12-30T19:00:00Z"},
		{"0 9 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", "2012-12-29T19:00:00Z"},
		{"0 * * * *", "Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-30T10:00:00Z"},
		// A zone whose clocks are odd all year.
		{"0 9 * * *", "Asia/Kathmandu", "2026-11-24T00:00:00Z", "2026-11-24T03:15:00Z"},
	} {
		t.Run(c.line+" "+c.zone+" after "+c.after, func(t *testing.T) {
			s, err := parse(c.line, c.zone)
			if err != nil {
				t.Fatal(err)
			}
			got := s.Next(at(c.after))
			if !got.Equal(at(c.want)) {
				t.Errorf("%s, want %s", got.UTC().Format(time.RFC3339), c.want)
			}
			if zone := c.zone; zone != "" && got.Location().String() != zone {
				t.Errorf("the time is in %s", got.Location())
			}
		})
	}
}

func TestZeroSchedule(t *testing.T) {
	if got := (Schedule{}).Next(time.Now()); !got.IsZero() {
		t.Errorf("it strikes at %s", got)
	}
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}
