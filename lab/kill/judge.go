package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// figures are what a run came to.
type figures struct {
	plan
	sending, draining time.Duration
	settled           bool
	restarts          int
	posts             int // requests to botd, repeats included
	repeated          int // posts botd knew already
	acknowledged      int // webhooks it answered with 2xx
	delivered         int // of those: at exactly the right people, once
	lost              int // of those: missing at one of the right people
	doubled           int // copies beyond the first, at one person
	outsiders         int // copies at somebody it was not for
	unasked           int // messages of webhooks that were never acknowledged
	calls             int // send calls that took effect or were recognised as repeats
}

// judge compares every inbox with what was acknowledged.
func (f *figures) judge(s *service, book ledger) {
	f.calls = s.Counts()["send_group_msg"].Calls
	seen := map[string]map[string]int{} // text, person → copies
	for person, inbox := range s.Inboxes() {
		for _, m := range inbox.Messages {
			if seen[m.Text] == nil {
				seen[m.Text] = map[string]int{}
			}
			seen[m.Text][person]++
		}
	}
	for n := range book.acknowledged {
		copies := seen[text(n)]
		delete(seen, text(n))
		f.add(copies)
	}
	f.unasked = len(seen)
}

func (f *figures) add(copies map[string]int) {
	complete := true
	for _, who := range admins {
		if copies[who] == 0 {
			complete = false
		}
	}
	right := complete
	for who, n := range copies {
		f.doubled += n - 1
		if n > 1 {
			right = false
		}
		if !slices.Contains(admins, who) {
			f.outsiders += n
			right = false
		}
	}
	switch {
	case !complete:
		f.lost++
	case right:
		f.delivered++
	}
}

func (f figures) verdict() error {
	var wrong []string
	if f.acknowledged == 0 {
		wrong = append(wrong, "nothing was acknowledged, so nothing was tested")
	}
	for _, bad := range []struct {
		n    int
		what string
	}{{f.lost, "lost"}, {f.doubled, "doubled"}, {f.outsiders, "shown to outsiders"}, {f.unasked, "sent although never acknowledged"}} {
		if bad.n > 0 {
			wrong = append(wrong, fmt.Sprintf("%d %s", bad.n, bad.what))
		}
	}
	if wrong != nil {
		return fmt.Errorf("promises broken: %s", strings.Join(wrong, ", "))
	}
	return nil
}

func (f figures) String() string {
	if f.acknowledged == 0 {
		return ""
	}
	return fmt.Sprintf(`seed %d: %d webhooks a second for %s over %d groups, killed %d times
acknowledged          %6d   (%d posts, %d of them known already)
delivered once        %6d   (%d calls; drained %s after the last webhook)
lost                  %6d
doubled               %6d
shown to outsiders    %6d
sent unacknowledged   %6d
`, f.seed, f.rate, f.length, f.groups, f.restarts, f.acknowledged, f.posts, f.repeated,
		f.delivered, f.calls, f.draining.Round(time.Millisecond), f.lost, f.doubled, f.outsiders, f.unasked)
}
