// Package schedules says when a clock strikes, and calls when it does.
//
// [Read] reads a timing into a [Schedule]: a cron line, @every, or a list of times,
// with a time zone, between two dates, and with calendars. A line is checked before the
// cron library sees it, because the library takes lines that mean something else than
// they say and panics on some. [Schedule.Next] counts for itself, because the library
// skips and doubles times when clocks change. The rules are:
//
//   - A line with fixed minutes and hours strikes exactly once for each of its
//     times on each matching calendar day. A time that the clocks skip comes at
//     the first moment after the gap; a time that comes twice counts the first
//     time only.
//   - A line with * in the minute or the hour follows real time: it strikes
//     whenever the clock on the wall shows a matching time, twice where an hour
//     comes twice, and not at all in an hour that is left out.
//   - @every follows real time, from when the schedule was started.
//   - Times that are listed are read as fixed ones.
//   - Dates and calendars are of the schedule's zone. For a fixed time the date is the
//     one that the line means, also where a gap moves the time over midnight.
//   - When day of month and day of week are both restricted, a day that matches
//     either of them matches. A step such as */2 is a restriction; * and */1
//     are not.
//
// A [Runner] watches the wall clock and calls Fire with each time that was
// meant. Whoever stores the firing makes it one: bot, trigger, the time meant
// and the group are its key, so that a clock set back, a second runner or a
// repeated call changes nothing.
package schedules
