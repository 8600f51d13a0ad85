package schedules

import "time"

// Change is a moment at which the clocks of a zone are changed.
type Change struct {
	At            time.Time // in the zone
	Before, After int       // seconds ahead of UTC
	Names         [2]string // of the time before and after, such as EST and EDT
}

// Changes lists the changes after from and not after to, in order.
func Changes(loc *time.Location, from, to time.Time) []Change {
	var found []Change
	for t := from; ; {
		_, end := stretch(t, loc)
		if end.IsZero() || end.After(to) {
			return found
		}
		// The stretches of a zone may differ in nothing but their names.
		nameBefore, before := end.Add(-time.Nanosecond).In(loc).Zone()
		nameAfter, after := end.In(loc).Zone()
		if before != after {
			found = append(found, Change{At: end.In(loc), Before: before, After: after, Names: [2]string{nameBefore, nameAfter}})
		}
		t = end
	}
}
