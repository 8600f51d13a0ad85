package simulator

import "time"

// Limits of the application and of the simulator's memory. Zero means the
// default named beside a field, a negative number means without limit, which is
// what a load test wants.
type Limits struct {
	CallsPerSecond         int // of each REST API: 200 (product/1047/34620)
	GroupListsPerSecond    int // of get_appid_group_list: 1
	AccountCallsPerSecond  int // of account_check and multiaccount_import: 100
	GroupMessagesPerSecond int // in one group, from whomever: 40 (product/1047/34381)
	SigFailures            int // failed UserSig checks in a minute before all calls answer 70050: 10

	InboxMessages int // newest messages kept per account: 10,000; what is older is only counted
	Messages      int // newest messages kept over all groups: 10,000
	History       int // newest messages of one group that can still be read and recalled: 10,000
	Calls         int // newest REST calls kept: 50,000
	Duplicates    int // newest Randoms remembered inside their five minutes: 1,048,576
}

func (l Limits) complete() Limits {
	for field, standard := range map[*int]int{
		&l.CallsPerSecond: 200, &l.GroupListsPerSecond: 1, &l.AccountCallsPerSecond: 100,
		&l.GroupMessagesPerSecond: 40, &l.SigFailures: 10,
		&l.InboxMessages: 10_000, &l.Messages: 10_000, &l.History: 10_000, &l.Calls: 50_000, &l.Duplicates: 1 << 20,
	} {
		switch {
		case *field == 0:
			*field = standard
		case *field < 0:
			*field = unlimited
		}
	}
	return l
}

const unlimited = int(^uint(0) >> 1)

// perSecond is the limit of one command.
func (l Limits) perSecond(command string) int {
	switch command {
	case "get_appid_group_list":
		return l.GroupListsPerSecond
	case "account_check", "multiaccount_import", "account_delete":
		return l.AccountCallsPerSecond
	}
	return l.CallsPerSecond
}

// window admits at most a number of events into any one second: it slides, so
// that no burst over a full second's edge slips through.
type window struct {
	at   []time.Time // of the last admitted, as a ring
	next int
}

// full reports whether limit events were admitted in the second before now.
func (w *window) full(now time.Time, limit int) bool {
	if limit == unlimited || len(w.at) < limit {
		return false
	}
	oldest := w.at[w.next]
	return !now.Before(oldest) && now.Sub(oldest) < time.Second
}

func (w *window) admit(now time.Time, limit int) {
	switch {
	case limit == unlimited:
	case len(w.at) < limit:
		w.at = append(w.at, now)
	default:
		w.at[w.next] = now
		w.next = (w.next + 1) % len(w.at)
	}
}

// take admits one event at now and reports whether there was room for it.
func (w *window) take(now time.Time, limit int) bool {
	if w.full(now, limit) {
		return false
	}
	w.admit(now, limit)
	return true
}
