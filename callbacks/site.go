package callbacks

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// site is all that a receiver answers by.
type site struct {
	addresses []address
	desks     map[chat.AppName]*desk
}

// address is a path and the applications that have it. The path itself is not kept, so
// that it cannot be told.
type address struct {
	path  [sha256.Size]byte
	desks map[uint32]*desk
}

// at is who has a path; nil for nobody. How long it takes says nothing about how much of
// a path is right.
func (s *site) at(path string) (found map[uint32]*desk) {
	sum := sha256.Sum256([]byte(path))
	for _, a := range s.addresses {
		if subtle.ConstantTimeCompare(sum[:], a.path[:]) == 1 {
			found = a.desks
		}
	}
	return found
}

// build makes a site, or reports all that is wrong.
func build(apps []App, rules []Rule) (*site, error) {
	s := &site{desks: map[chat.AppName]*desk{}}
	var wrong []error
	for _, a := range apps {
		wrong = append(wrong, a.validate())
		if s.desks[a.Name] != nil {
			wrong = append(wrong, fmt.Errorf("callbacks of app %q: the application is there twice", a.Name))
			continue
		}
		d := &desk{App: a, rooms: map[chat.GroupID]*room{}, direct: map[chat.UserID][]Rule{}}
		s.desks[a.Name] = d
		wrong = append(wrong, s.place(d))
	}
	for _, r := range rules {
		wrong = append(wrong, r.validate())
		d := s.desks[r.App]
		if d == nil {
			wrong = append(wrong, fmt.Errorf("trigger %q of bot %q: callbacks of app %q do not come to us", r.Trigger, r.Bot, r.App))
			continue
		}
		r.Mask = r.Mask.compiled()
		d.add(r)
	}
	return s, errors.Join(wrong...)
}

// place gives an application its address.
func (s *site) place(d *desk) error {
	sum := sha256.Sum256([]byte(d.Path))
	i := slices.IndexFunc(s.addresses, func(a address) bool { return a.path == sum })
	if i < 0 {
		i = len(s.addresses)
		s.addresses = append(s.addresses, address{path: sum, desks: map[uint32]*desk{}})
	}
	if other := s.addresses[i].desks[d.SDKAppID]; other != nil {
		return fmt.Errorf("callbacks of app %q: app %q has the same path and the same SDKAppID", d.Name, other.Name)
	}
	s.addresses[i].desks[d.SDKAppID] = d
	return nil
}
