package oncall

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Step is those who are asked at the same time.
type Step struct {
	Users  []chat.UserID    `json:"users" max:"20" about:"All of these."`
	Roles  []chat.Role      `json:"roles" about:"Or all who have one of these roles, such as owner."`
	Rotate []chat.UserID    `json:"rotate" max:"20" about:"Or one of these, in turn."`
	Every  plugins.Duration `json:"every" min:"1h" max:"8784h" about:"With rotate: how long a turn is, such as 168h for a week."`
	From   time.Time        `json:"from" about:"With rotate: when the turn of the first begins, such as 2026-01-05T09:00:00+09:00."`
}

func (s Step) validate() error {
	kinds := 0
	for _, n := range []int{len(s.Users), len(s.Roles), len(s.Rotate)} {
		kinds += min(n, 1)
	}
	if kinds != 1 {
		return errors.New("want one of users, roles and rotate, and somebody in it")
	}
	if turns := len(s.Rotate) > 0; turns != (s.Every > 0) || turns == s.From.IsZero() {
		return errors.New("rotate, every and from go together: who takes turns, how long a turn is, and when the first begins")
	}
	for _, id := range slices.Concat(s.Users, s.Rotate) {
		if err := id.Validate(); err != nil {
			return err
		}
	}
	for _, r := range s.Roles {
		if err := r.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// all is who is named for a time; those of a role are not, since they change.
func (s Step) all(at time.Time) []chat.UserID {
	if len(s.Rotate) == 0 {
		return s.Users
	}
	return []chat.UserID{s.Rotate[turn(at.Sub(s.From), time.Duration(s.Every), len(s.Rotate))]}
}

// turn is whose it is, from 0, so long after the first one's began; also before that.
func turn(since, every time.Duration, n int) int {
	turns := int64(since / every)
	if since%every < 0 {
		turns--
	}
	return int((turns%int64(n) + int64(n)) % int64(n))
}

// names reports whether the step is for a member, on whatever turn.
func (s Step) names(m chat.Member) bool {
	return slices.Contains(s.Users, m.ID) || slices.Contains(s.Rotate, m.ID) || slices.Contains(s.Roles, m.Role)
}

// people is who can be asked in a step now, and who is passed over.
func (d desk) people(e chat.Event, step int) (can, over []chat.UserID) {
	s := d.Chain[step]
	for _, m := range e.Members {
		if slices.Contains(s.Roles, m.Role) && slices.Contains(d.Roles, m.Role) {
			can = append(can, m.ID)
		}
	}
	for _, id := range s.all(e.Time) {
		if d.may(e, id) {
			can = append(can, id)
		} else {
			over = append(over, id)
		}
	}
	return can, over
}

// onChain reports whether a member is one of those who are asked, and may be now.
func (d desk) onChain(m chat.Member) bool {
	return slices.Contains(d.Roles, m.Role) && slices.ContainsFunc(d.Chain, func(s Step) bool { return s.names(m) })
}

// told is a step as people read it, for a time.
func (s Step) told(at time.Time) string {
	if len(s.Roles) > 0 {
		return fmt.Sprintf("whoever is %s", s.Roles[0])
	}
	return join(s.all(at))
}
