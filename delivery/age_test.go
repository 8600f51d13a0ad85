package delivery_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/delivery"
)

func TestTheReadingOfTheLastPartOfARoundIsNotOld(t *testing.T) {
	r := newRig(t)
	r.bots[quiz].RoleMaxAge, r.bots[quiz].Recipients = 0, 1000
	a := &delivery.App{Client: r.client, Directory: r.directory, GroupPerSecond: 2}
	r.worker.Apps = func(chat.AppName) *delivery.App { return a }
	members := []string{"m000 Owner"}
	for i := 1; i < 600; i++ {
		members = append(members, fmt.Sprintf("m%03d Admin", i))
	}
	r.group("@TGS#2BIG", "Public", members...)
	var demoted time.Time
	r.worker.Store = &between{Store: r.store, after: func() {
		must(t, r.sim.SetRole("@TGS#2BIG", "m599", "Member"))
		demoted = r.clock.Now()
	}}
	e := r.say("@TGS#2BIG", "", chat.Admins.Say("secret")...)
	r.settle(minute)
	if slices.Contains(r.sees("m599"), "secret") {
		for _, d := range r.message(e).Deliveries {
			if d.Recipients.Has("m599") {
				t.Errorf("m599 saw it by an attempt that began %v after they were demoted, with role_max_age 0", d.Tries[0].Began.Sub(demoted))
			}
		}
	}
}
