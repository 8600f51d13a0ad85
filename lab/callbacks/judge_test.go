package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/lab/rig"
)

// trial is a service without a botd, in whose place the test answers.
func trial(t *testing.T) (*world, *ledger) {
	t.Helper()
	w := &world{typists: []string{"typist0"}, groups: []string{rig.GroupID(0)}}
	var err error
	if w.service, err = rig.NewFastService(1, 1, w.typists...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.service.Close)
	w.live()
	return w, &ledger{}
}

// said is an entry that an app was told of as accepted, and a botd took out of the group.
func said(w *world, text string) entry {
	return entry{group: w.groups[0], from: "typist0", text: text, answer: true, told: []simulator.Told{{Fate: simulator.Discarded}}}
}

func TestTheJudgeFindsWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(w *world, l *ledger) (told []chat.Leak)
		want string // of the verdict; empty: nothing is wrong
	}{
		"an answer that nobody got": {func(w *world, l *ledger) []chat.Leak {
			l.note(said(w, "/answer t1"))
			return nil
		}, "3 lost"},
		"an answer that leaked and was left there": {func(w *world, l *ledger) []chat.Leak {
			e := said(w, "/answer t1")
			told, err := w.service.Say(simulator.Utterance{Group: e.group, From: e.from, Text: e.text})
			if err != nil {
				t.Fatal(err)
			}
			e.told = []simulator.Told{told}
			l.note(e)
			return nil
		}, "3 lost, 1 shown to outsiders"},
		"a leak that was none": {func(w *world, l *ledger) []chat.Leak {
			l.note(said(w, "/answer t1"))
			return []chat.Leak{{Group: chat.GroupID(w.groups[0]), MsgSeq: 7, Result: chat.Recalled}}
		}, "3 lost, 1 told as not sent"},
		"talk that was taken out": {func(w *world, l *ledger) []chat.Leak {
			e := said(w, "talk t1")
			e.answer = false
			l.note(e)
			l.note(said(w, "/answer t2"))
			return nil
		}, "4 lost"},
	} {
		t.Run(name, func(t *testing.T) {
			w, l := trial(t)
			f := w.judge(l, c.do(w, l))
			if err := f.Verdict(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s\n%s", err, c.want, f)
			}
		})
	}
}

// What the bot said is judged by whom it reached.
func TestTheJudgeCountsWhoHeardWhat(t *testing.T) {
	w, _ := trial(t)
	wrote := map[string]entry{"/answer t1": said(w, "/answer t1")}
	message := func(reason string, to ...string) simulator.Message {
		return simulator.Message{Group: w.groups[0], From: rig.Account, Reason: reason, Text: prefix + "/answer t1", Recipients: to}
	}
	for name, c := range map[string]struct {
		heard []simulator.Message
		want  string
	}{
		"once at all of them":   {[]simulator.Message{message(simulator.Targeted, rig.Steady...)}, "once 1 lost 0 doubled 0 outsiders 0"},
		"not at all of them":    {[]simulator.Message{message(simulator.Targeted, rig.Steady[1:]...)}, "once 0 lost 1 doubled 0 outsiders 0"},
		"twice at one of them":  {[]simulator.Message{message(simulator.Targeted, rig.Steady...), message(simulator.Targeted, rig.Steady[0])}, "once 0 lost 0 doubled 1 outsiders 0"},
		"at somebody else, too": {[]simulator.Message{message(simulator.Targeted, append([]string{"typist0"}, rig.Steady...)...)}, "once 1 lost 0 doubled 0 outsiders 1"},
		"at everybody":          {[]simulator.Message{message(simulator.Broadcast, rig.Steady...)}, "once 0 lost 3 doubled 0 outsiders 1"},
	} {
		t.Run(name, func(t *testing.T) {
			var f rig.Figures
			arrived := map[string]map[string]int{}
			for _, m := range c.heard {
				w.heard(&f, m, wrote, arrived)
			}
			w.settled(&f, wrote["/answer t1"], arrived["/answer t1"])
			if got := fmt.Sprintf("once %d lost %d doubled %d outsiders %d", f.Once, f.Lost, f.Doubled, f.Outsiders); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestALeakMustNotOutliveTheNextSweep(t *testing.T) {
	for name, c := range map[string]struct {
		visible time.Duration
		lives   []life // before now
		bad     int
	}{
		"at once":                  {time.Second, []life{{ago(time.Minute), time.Time{}}}, 0},
		"for longer than a sweep":  {30 * time.Second, []life{{ago(time.Minute), time.Time{}}}, 1},
		"while botd was dead":      {30 * time.Second, []life{{ago(time.Minute), ago(29 * time.Second)}, {ago(5 * time.Second), time.Time{}}}, 0},
		"over two deaths too long": {30 * time.Second, []life{{ago(time.Minute), ago(20 * time.Second)}, {ago(6 * time.Second), time.Time{}}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := trial(t)
			w.lives = c.lives
			m := simulator.Message{Group: w.groups[0], Seq: 7, Time: ago(c.visible), Recalled: time.Now()}
			var f rig.Figures
			w.leaked(&f, map[place]simulator.Message{{m.Group, 7}: m}, []chat.Leak{{Group: chat.GroupID(m.Group), MsgSeq: 7, Result: chat.Recalled}})
			if f.Outsiders != c.bad {
				t.Errorf("%d, want %d: %s", f.Outsiders, c.bad, f)
			}
		})
	}
}

func ago(d time.Duration) time.Time { return time.Now().Add(-d) }

// A forecast has all kinds of weather in store, and among it some in which nothing is
// late for long enough to leak.
func TestTheWeatherIsOfAllKinds(t *testing.T) {
	w, _ := trial(t)
	kinds := map[string]int{}
	for seed := range uint64(200) {
		s := forecast(randomOf(seed, 1))
		if s.lasts <= 0 || s.lasts > 4*time.Second {
			t.Errorf("it lasts %v", s.lasts)
		}
		for _, f := range s.faults {
			kinds[f.API+" "+f.Kind+" "+f.When]++
		}
		if err := w.service.Inject(s.faults...); err != nil {
			t.Fatal(err)
		}
		w.service.ClearFaults()
	}
	for _, kind := range []string{
		simulator.BeforeSendMsg + " slow before", simulator.BeforeSendMsg + " slow after", simulator.BeforeSendMsg + " lost before", simulator.BeforeSendMsg + " lost after",
		" repeat ", " reorder ", simulator.AfterSendMsg + " slow before", simulator.AfterSendMsg + " lost before", simulator.AfterSendMsg + " lost after",
	} {
		if kinds[kind] == 0 {
			t.Errorf("never: %q of %v", kind, kinds)
		}
	}
}
