package schedules_test

import (
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/schedules"
)

// A time that the clocks skip comes at the first moment after the gap.
func ExampleSchedule_Next() {
	t := time.Date(2026, time.March, 7, 0, 0, 0, 0, time.UTC)
	s, err := schedules.Read(chat.Timing{Line: "30 2 * * *", Zone: "America/New_York"}, t, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		t = s.Next(t)
		fmt.Printf("%s %q\n", t.Format(time.RFC3339), s.Note(t))
	}
	// Output:
	// 2026-03-07T02:30:00-05:00 ""
	// 2026-03-08T03:00:00-04:00 "02:30 is skipped that day; this is the first moment after it"
	// 2026-03-09T02:30:00-04:00 ""
}

// All that is wrong is said at once, with what to write instead.
func ExampleRead() {
	_, err := schedules.Read(chat.Timing{Line: "*/90 * * * *", Zone: "Asia/Soul", From: "24.12."}, time.Now(), nil)
	fmt.Println(err)
	_, err = schedules.Read(chat.Timing{Line: "0 0 31 2 *"}, time.Now(), nil)
	fmt.Println(err)
	// Output:
	// time zone "Asia/Soul" is unknown; write a name of the IANA database, such as Asia/Seoul or UTC
	// between: from "24.12." is no date; write it as 2026-12-24
	// schedule: minute "*/90": a step of 90 never comes to a second value; a step here is from 1 to 59
	// schedule: the date never comes: day 31 is in none of the months named; the last day they have is 29
}
