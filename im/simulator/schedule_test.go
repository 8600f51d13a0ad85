package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/internal/wire"
)

// schedule is what members write, what the application thinks of it and for how long,
// and what befalls the callbacks.
type schedule struct {
	modes  Modes
	faults []Fault
	steps  []step
}

type step struct {
	gap     time.Duration // before it
	from    string
	verdict int           // ErrorCode that the application answers
	think   time.Duration // how long it takes
	leaves  bool          // whoever wrote it leaves the group at once
}

func drawSchedule(t *rapid.T) schedule {
	duration := func(most time.Duration) time.Duration {
		return time.Duration(rapid.Int64Range(0, int64(most/time.Millisecond)).Draw(t, "ms")) * time.Millisecond
	}
	p := schedule{modes: Modes{
		BeforeFailure: rapid.SampledFrom([]string{"deliver", "80003"}).Draw(t, "before_failure"),
		AfterRetry:    rapid.SampledFrom([]string{"never", "timeout"}).Draw(t, "after_retry"),
	}}
	for range rapid.IntRange(0, 4).Draw(t, "faults") {
		p.faults = append(p.faults, Fault{
			Direction: OfCallbacks, Kind: rapid.SampledFrom(kindsOfFault[OfCallbacks]).Draw(t, "kind"),
			When:   rapid.SampledFrom([]string{Before, After}).Draw(t, "when"),
			Spread: duration(3 * time.Second), Probability: 0.4,
		})
	}
	for range rapid.IntRange(1, 20).Draw(t, "steps") {
		p.steps = append(p.steps, step{
			gap: duration(time.Second), from: rapid.SampledFrom(everybody).Draw(t, "from"),
			verdict: rapid.SampledFrom([]int{0, 1, 2, 10101}).Draw(t, "verdict"),
			think:   duration(2500 * time.Millisecond), leaves: rapid.IntRange(0, 9).Draw(t, "leaves") == 0,
		})
	}
	return p
}

// thinker is an application that answers a message by its place in a schedule, which
// is its Random less one.
type thinker struct {
	steps    []step
	mu       sync.Mutex
	before   map[int]int
	after    map[int]int
	answered map[int]time.Time
}

func (a *thinker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		CallbackCommand string
		Random          int
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	code, n := 0, body.Random-1
	switch body.CallbackCommand {
	case BeforeSendMsg:
		a.note(a.before, n)
		select {
		case <-time.After(a.steps[n].think):
		case <-r.Context().Done():
			return
		}
		code = a.steps[n].verdict
		a.mu.Lock()
		a.answered[n] = time.Now()
		a.mu.Unlock()
	case AfterSendMsg:
		a.note(a.after, n)
	}
	_, _ = fmt.Fprintf(w, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":%d}`, code)
}

func (a *thinker) note(in map[int]int, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	in[n]++
}

// TestWhateverBefallsTheCallbacks holds the simulator's own account of who saw what
// against what its apps were told and what the application knows.
func TestWhateverBefallsTheCallbacks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawSchedule(rt)
		var verdict error
		synctest.Test(t, func(t *testing.T) { verdict = p.run(t) })
		if verdict != nil {
			rt.Fatal(verdict)
		}
	})
}

func (p schedule) run(t *testing.T) error {
	app := &thinker{steps: p.steps, before: map[int]int{}, after: map[int]int{}, answered: map[int]time.Time{}}
	line := wire.New(app)
	defer line.End()
	sim, err := New(Options{SDKAppID: appID, SecretKey: key, Modes: p.modes, Line: &http.Transport{DialContext: line.Dial}})
	must(t, err)
	defer sim.Close()
	must(t, sim.AddGroup(classRoom(room, "Public")))
	must(t, sim.SetCallbacks(Callbacks{URL: "http://service/callbacks", Token: callbackToken}))
	for _, f := range p.faults {
		must(t, sim.Inject(f))
	}
	told := p.play(sim)
	sim.running.Wait()
	time.Sleep(5 * time.Second) // of the bubble: the application has noticed who hung up
	synctest.Wait()
	app.mu.Lock()
	defer app.mu.Unlock()
	var errs []error
	for n := range p.steps {
		if told[n].Fate != "" {
			errs = append(errs, p.judge(n, told[n], sim, app))
		}
	}
	return errors.Join(errs...)
}

// play lets everybody write, each when it is time, and returns what they were told.
func (p schedule) play(sim *Simulator) []Told {
	told := make([]Told, len(p.steps))
	var writing sync.WaitGroup
	for n, step := range p.steps {
		time.Sleep(step.gap)
		writing.Go(func() {
			told[n], _ = sim.Say(Utterance{Group: room, From: step.from, Text: fmt.Sprint("message ", n), Random: uint32(n + 1)})
		})
		if step.leaves {
			synctest.Wait() // it has been written
			_ = sim.Leave(room, step.from)
		}
	}
	writing.Wait()
	return told
}

// judge checks one message.
func (p schedule) judge(n int, told Told, sim *Simulator, app *thinker) error {
	wrong := func(what string) error { return fmt.Errorf("message %d %s: %+v, %+v", n, what, p.steps[n], told) }
	var seen, own []string
	for user, box := range sim.Inboxes() {
		for _, m := range box.Messages {
			if m.Random == told.Random {
				seen = append(seen, user)
			}
		}
		if slices.ContainsFunc(box.Own, func(m Message) bool { return m.Random == told.Random }) {
			own = append(own, user)
		}
	}
	slices.Sort(seen)
	delivered := told.Fate == Delivered
	switch {
	case delivered != (len(seen) > 0) || len(slices.Compact(slices.Clone(seen))) != len(seen):
		return wrong(fmt.Sprint("was seen by ", seen))
	case (told.Fate == Discarded) != (len(own) > 0) || len(own) > 0 && !slices.Equal(own, []string{p.steps[n].from}):
		return wrong(fmt.Sprint("is on the devices of ", own))
	case (told.Code != 0) != (told.Fate == Refused):
		return wrong("is told with a code that is not its fate's")
	case told.At.Sub(told.Asked) > callbackTimeout:
		return wrong("was waited for too long")
	case app.before[n] > 1:
		return wrong("was asked about twice")
	case !delivered && app.after[n] > 0:
		return wrong("was told as sent")
	}
	return p.judgeVerdict(n, told, app, wrong)
}

// judgeVerdict checks that an answer in time is what happened, and a late one is not.
func (p schedule) judgeVerdict(n int, told Told, app *thinker, wrong func(string) error) error {
	if slices.ContainsFunc(p.faults, func(f Fault) bool { return f.When == After || f.Kind == WrongURL }) {
		return nil // an answer may be lost on its way
	}
	at, answered := app.answered[n]
	took := at.Sub(told.Asked)
	inTime := answered && took < callbackTimeout
	if answered && took == callbackTimeout {
		return nil // either
	}
	outcomes := map[int]string{0: Allowed, 1: Refused, 2: Discarded, 10101: Refused}
	want := outcomes[p.steps[n].verdict]
	if !inTime {
		want = TimedOut
		if p.modes.BeforeFailure != "deliver" {
			want = Refused
		}
	}
	codes := map[int]int{0: 0, 1: 10016, 2: 0, 10101: 10101}
	code := codes[p.steps[n].verdict]
	if want == Refused && !inTime {
		code = 80003
	}
	left := told.Code == 10007 && want != Refused && want != Discarded
	if told.Before != want || told.Code != code && !left && want != TimedOut {
		return wrong("should have been " + want)
	}
	return nil
}
