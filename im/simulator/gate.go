package simulator

import (
	"slices"
	"strconv"
	"time"
)

// admit decides whether a call may be carried out at all: its URL, its UserSig,
// its caller and its rate, in this order.
func (s *Simulator) admit(c *call) error {
	if _, ok := commands[c.path()]; !ok {
		return refuse(s.unknownCommand(c), "no such command: "+c.path())
	}
	if err := checkQuery(c); err != nil {
		return err
	}
	if err := s.authenticate(c); err != nil {
		return err
	}
	if !slices.Contains(s.app.administrators, c.identifier) {
		return refuse(s.notAdministrator(c), "the identifier is not an App administrator")
	}
	return s.admitRate(c)
}

func (s *Simulator) unknownCommand(c *call) int {
	if c.service != groupService {
		return 60009
	}
	return number(s.modes.UnknownCommand)
}

func (s *Simulator) notAdministrator(c *call) int {
	if s.modes.NotAdministrator != "service" {
		return number(s.modes.NotAdministrator)
	}
	if c.service == groupService {
		return 10007
	}
	return 90009
}

// checkQuery wants the five parameters of product/1047/34620, spelt as there.
func checkQuery(c *call) error {
	if !c.query.Has("sdkappid") {
		return refuse(60012, "sdkappid is missing")
	}
	for _, name := range []string{"identifier", "usersig", "random", "contenttype"} {
		if !c.query.Has(name) {
			return refuse(60025, name+" is missing")
		}
	}
	if _, err := strconv.ParseUint(c.query.Get("random"), 10, 32); err != nil {
		return refuse(60025, "random is no integer from 0 to 4294967295")
	}
	if c.query.Get("contenttype") != "json" {
		return refuse(60025, "contenttype is not json")
	}
	return nil
}

func (s *Simulator) authenticate(c *call) error {
	if s.lockout.closed(c.at) {
		return refuse(70050, "UserSig failed too often; wait a minute")
	}
	err := s.checkSig(c.query.Get("usersig"), c.query.Get("sdkappid"), c.identifier, c.at)
	if err != nil {
		s.lockout.failed(c.at, s.limits.SigFailures)
	}
	return err
}

func (s *Simulator) admitRate(c *call) error {
	w := s.rates[c.command]
	if w == nil {
		w = &window{}
		s.rates[c.command] = w
	}
	if !w.take(c.at, s.limits.perSecond(c.command)) {
		return refuse(60007, "too many calls of "+c.command+" in a second")
	}
	return nil
}

// lockout closes the door for a minute after too many failed UserSig checks
// within a minute.
type lockout struct {
	failures []time.Time
	until    time.Time
}

func (l *lockout) closed(now time.Time) bool { return now.Before(l.until) }

func (l *lockout) failed(now time.Time, limit int) {
	l.failures = slices.DeleteFunc(l.failures, func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	if limit == unlimited {
		return
	}
	if l.failures = append(l.failures, now); len(l.failures) >= limit {
		l.failures, l.until = nil, now.Add(time.Minute)
	}
}
