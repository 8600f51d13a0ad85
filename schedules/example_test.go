package schedules_test

import (
	"fmt"
	"time"

	"github.com/botd-chat/botd/schedules"
)

// A time that the clocks skip comes at the first moment after the gap.
func ExampleSchedule_Next() {
	s, err := schedules.Parse("30 2 * * *", "America/New_York")
	if err != nil {
		fmt.Println(err)
		return
	}
	t := time.Date(2026, time.March, 7, 0, 0, 0, 0, time.UTC)
	for range 3 {
		t = s.Next(t)
		fmt.Println(t)
	}
	// Output:
	// 2026-03-07 02:30:00 -0500 EST
	// 2026-03-08 03:00:00 -0400 EDT
	// 2026-03-09 02:30:00 -0400 EDT
}

func ExampleCheck() {
	fmt.Println(schedules.Check("0 0 31 2 *", ""))
	fmt.Println(schedules.Check("*/90 * * * *", ""))
	// Output:
	// schedule: the date never comes: day 31 is in none of the months named; the last day they have is 29
	// schedule: minute "*/90": a step of 90 never comes to a second value; a step here is from 1 to 59
}
