package reviews

import (
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Split parts what a plugin answered, bound, into what waits for reviewers and what goes
// at once, since it can reach nobody but the sender of the event.
func Split(list []chat.Message, sender chat.UserID) (drafts, direct []chat.Message) {
	for _, m := range list {
		if sender != "" && onlyFor(m.To, sender) {
			direct = append(direct, m)
		} else {
			drafts = append(drafts, m)
		}
	}
	return drafts, direct
}

// onlyFor reports whether nobody but one user can be in a bound rule.
func onlyFor(a chat.Audience, user chat.UserID) bool {
	return !a.Everyone && len(a.Roles) == 0 && len(a.AnyOf) == 0 &&
		!slices.ContainsFunc(a.Users, func(u chat.UserID) bool { return u != user })
}

// Until is how long drafts may be released: as long as the review gives, and not longer
// than one of them is worth sending.
func Until(r chat.Review, drafts []chat.Message, now time.Time) time.Time {
	until, worth := now.Add(time.Duration(r.Lapses)), time.Time{}
	for _, m := range drafts {
		if m.Expires.IsZero() {
			return until
		}
		if m.Expires.After(worth) {
			worth = m.Expires
		}
	}
	if worth.Before(until) {
		return worth
	}
	return until
}
