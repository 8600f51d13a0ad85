package schedules

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

func TestQuietHours(t *testing.T) {
	night := chat.Quiet{From: "22:00", Until: "07:00", Zone: "Asia/Seoul"}
	newYork := chat.Quiet{From: "22:00", Until: "02:30", Zone: "America/New_York"}
	for _, c := range []struct {
		name    string
		quiet   chat.Quiet
		at, end string // end empty: not quiet
	}{
		{"before", night, "2026-11-24T12:59:59Z", ""},
		{"the first moment", night, "2026-11-24T13:00:00Z", "2026-11-24T22:00:00Z"},
		{"past midnight", night, "2026-11-24T16:00:00Z", "2026-11-24T22:00:00Z"},
		{"the last moment", night, "2026-11-24T21:59:59.9Z", "2026-11-24T22:00:00Z"},
		{"after", night, "2026-11-24T22:00:00Z", ""},
		{"within a day", chat.Quiet{From: "12:00", Until: "13:00"}, "2026-11-24T12:30:00Z", "2026-11-24T13:00:00Z"},
		{"on the day of another time", chat.Quiet{From: "12:00", Until: "13:00"}, "2026-11-24T22:30:00Z", ""},
		// 02:00 becomes 03:00: the end is skipped, and the gap's end is it.
		{"an end that is skipped", newYork, "2026-03-08T05:00:00Z", "2026-03-08T07:00:00Z"},
		// 02:00 becomes 01:00 and the night is an hour longer.
		{"a night with an hour twice", newYork, "2026-11-01T05:00:00Z", "2026-11-01T07:30:00Z"},
		// The clock shows 01:15 twice, and both times it is quiet.
		{"an hour that comes twice, the first time", chat.Quiet{From: "22:00", Until: "01:30", Zone: "America/New_York"}, "2026-11-01T05:15:00Z", "2026-11-01T05:30:00Z"},
		{"an hour that comes twice, the second time", chat.Quiet{From: "22:00", Until: "01:30", Zone: "America/New_York"}, "2026-11-01T06:15:00Z", "2026-11-01T06:30:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, err := ReadQuiet(c.quiet)
			if err != nil {
				t.Fatal(err)
			}
			end, in := q.Over(at(c.at))
			if in != (c.end != "") || in && !end.Equal(at(c.end)) {
				t.Errorf("%s, %v; want %q", end.UTC(), in, c.end)
			}
		})
	}
	if _, in := (*QuietHours)(nil).Over(time.Now()); in {
		t.Error("no hours are quiet")
	}
}

func TestRefusedQuietHours(t *testing.T) {
	for _, c := range []struct {
		quiet chat.Quiet
		says  []string
	}{
		{chat.Quiet{}, []string{"from", "until"}},
		{chat.Quiet{From: "10pm", Until: "7", Zone: "Nowhere", Then: "perhaps"}, []string{"10pm", `"7"`, "Nowhere", "wait and skip"}},
		{chat.Quiet{From: "22:00", Until: "22:00"}, []string{"all day or never"}},
		{chat.Quiet{From: "22:00", Until: "24:00"}, []string{`"24:00"`}},
	} {
		_, err := ReadQuiet(c.quiet)
		if err == nil {
			t.Fatalf("%+v was taken", c.quiet)
		}
		for _, says := range c.says {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%v\nwant it to say %q", err, says)
			}
		}
	}
}

// The end is the first second at which the clock shows no quiet hours, also where clocks
// are changed.
func TestQuietHoursLikeLookingEverySecond(t *testing.T) {
	all := clockChanges(t)
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(all).Draw(t, "change")
		clock := func(name string) string {
			return time.Unix(60*int64(rapid.IntRange(0, 1439).Draw(t, name)), 0).UTC().Format("15:04")
		}
		quiet := chat.Quiet{From: clock("from"), Until: clock("until"), Zone: c.zone}
		q, err := ReadQuiet(quiet)
		if err != nil {
			t.Skip(err) // both are the same
		}
		shows := func(t time.Time) bool {
			now := t.In(q.location).Format("15:04")
			if quiet.From < quiet.Until {
				return quiet.From <= now && now < quiet.Until
			}
			return now >= quiet.From || now < quiet.Until
		}
		begin := c.at.Add(time.Duration(rapid.IntRange(-86400, 3*3600).Draw(t, "begin")) * time.Second)
		end, in := q.Over(begin)
		if in != shows(begin) {
			t.Fatalf("%+v at %s: %v", quiet, begin, in)
		}
		if !in {
			return
		}
		want := begin
		for shows(want) {
			want = want.Add(time.Second)
		}
		if !end.Equal(want) {
			t.Fatalf("%+v at %s: it ends at %s, want %s", quiet, begin, end.UTC(), want)
		}
	})
}
