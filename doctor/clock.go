package doctor

import (
	"time"

	"github.com/botd-chat/botd/im"
)

// watch compares two clocks by a call. The zero value has seen nothing.
type watch struct {
	took   time.Duration
	theirs time.Time // zero: it was not told
	ours   time.Time // when theirs was read, as nearly as can be known
}

func (w *watch) note(c im.Call, now time.Time) {
	if w.ours.IsZero() {
		*w = watch{took: c.Took, theirs: c.Date, ours: now.Add(-c.Took / 2)}
	}
}

// ahead is how far our clock is ahead of theirs, to the second.
func (w watch) ahead() time.Duration {
	// Theirs is cut to the second, so it is half of one later on the average.
	return w.ours.Sub(w.theirs.Add(time.Second / 2)).Round(time.Second)
}

// mostApart is how far the clocks may be apart. A callback that was made a minute from
// now by our clock is refused, and one that is five minutes old.
const mostApart = 30 * time.Second

func (w watch) apart() bool { return !w.theirs.IsZero() && w.ahead().Abs() > mostApart }

func (s Service) clock(w watch) Finding {
	const check = "time"
	const remedy = "let the machine's clock be set by NTP (timedatectl set-ntp true); callbacks and signatures carry the time, and are refused when it is wrong"
	switch {
	case w.theirs.IsZero():
		return unknown(check, "see that this machine's clock is set by NTP (timedatectl)", "%s: the service does not tell what time it has", s.path())
	case !w.apart():
		return well(check, "%s: this machine and the service have the same time, to the second or two", s.path())
	case w.ahead() > 0:
		return wrong(check, remedy, "%s: this machine's clock is %s ahead of the service's", s.path(), w.ahead())
	}
	return wrong(check, remedy, "%s: this machine's clock is %s behind the service's", s.path(), -w.ahead())
}
