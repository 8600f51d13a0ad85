// Package schedules says when a clock strikes, and what becomes of each time.
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
// A [Scheduler] goes through the times of stored schedules, which are decided in order
// and each once: it is struck, or left out for a reason. That is due when the time was
// meant, put off by the jitter, and from there to the end of the bot's quiet hours, where
// the latest time of a stretch is struck and the others are left out. A time that is
// decided within a minute is on time. What comes later was missed, and then:
//
//   - with missed: once, which is the rule where nobody says otherwise, the latest of all
//     the times that have come by then is struck, and the others are left out. If that one
//     is on time, none is made up.
//   - with missed: skip, all that were missed are left out.
//   - with missed: all, they are struck in order, the latest 1000 at the most.
//   - What is older than max_age is left out, and so is all if the absence was longer than
//     a month and than max_age: then the clock is, or was, wrong, or nobody waits for it.
//   - In quiet hours nothing is made up; it waits for their end.
//   - While a schedule is paused its times are left out, and not made up after it.
//
// What is decided depends on the stored record and the time now, and not on who decides:
// so a restart, a second scheduler or a clock that was set back changes nothing about
// what was decided, and the store takes each decision once.
//
// A [Watch] tells of times that are late, and asks the store about them and not the
// scheduler, which may be what hangs.
package schedules
