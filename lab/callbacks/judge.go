package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/lab/rig"
)

// slack is how long a sweep and a recall may take besides.
const slack = 4 * time.Second

// place is where a message of a group is.
type place struct {
	group string
	seq   uint32
}

// judge holds what the members were told against what everybody received, and the leaks
// of which botd tells against those that there were.
func (w *world) judge(l *ledger, told []chat.Leak) rig.Figures {
	var f rig.Figures
	wrote := map[string]entry{} // by the text
	for _, e := range l.entries {
		wrote[strings.TrimSpace(e.text)] = e
	}
	arrived := map[string]map[string]int{} // text → admin → copies
	shown := map[place]simulator.Message{}
	for _, m := range w.service.Messages() {
		switch text := strings.TrimSpace(m.Text); {
		case strings.Contains(text, forged):
			f.Unasked++
			f.Note("a forgery was heard: %q", text)
		case m.From == rig.Account:
			w.heard(&f, m, wrote, arrived)
		case wrote[text].answer:
			shown[place{m.Group, m.Seq}] = m
		case !m.Recalled.IsZero():
			f.Outsiders++
			f.Note("talk was taken back: %q", text)
		}
	}
	again := 0
	for text, e := range wrote {
		if e.answer {
			again += e.again()
			w.settled(&f, e, arrived[text])
		} else if e.accepted() && e.last().Fate != simulator.Delivered {
			f.Lost++
			f.Note("talk was %s: %q", e.last().Fate, text)
		}
	}
	f.Note("%d times a sender was told to write again, and nobody saw it; none of these arrived", again)
	w.leaked(&f, shown, told)
	for _, c := range w.service.CallbackCalls() {
		if len(c.Faults) > 0 {
			f.Faults++
		}
	}
	return f
}

// heard is about a message of the bot: it is for owner and admins, or to the one who
// wrote.
func (w *world) heard(f *rig.Figures, m simulator.Message, wrote map[string]entry, arrived map[string]map[string]int) {
	text, answer := strings.CutPrefix(m.Text, prefix)
	if m.Reason != simulator.Targeted {
		f.Outsiders++
		f.Note("the bot spoke to everybody: %q", m.Text)
		return
	}
	if !answer {
		return // that it was received, or that it had been seen, both without its words
	}
	text = strings.TrimSpace(text)
	if e, ok := wrote[text]; !ok || e.group != m.Group {
		f.Unasked++
		f.Note("nobody wrote %q there", text)
	}
	if arrived[text] == nil {
		arrived[text] = map[string]int{}
	}
	for _, who := range m.Recipients {
		arrived[text][who]++
		if !slices.Contains(rig.Steady, who) {
			f.Outsiders++
			f.Note("%s got %q", who, text)
		}
	}
}

// again is how often the sender of an entry was told to write it again.
func (e entry) again() (n int) {
	for _, t := range e.told {
		if t.Code != 0 {
			n++
		}
	}
	return n
}

// settled is about one answer.
func (w *world) settled(f *rig.Figures, e entry, copies map[string]int) {
	if !e.accepted() {
		if len(copies) > 0 {
			f.Unasked++
			f.Note("%q arrived, and its sender was told to write it again: %+v", e.text, e.told)
		}
		return
	}
	f.Acknowledged++
	once := true
	for _, who := range rig.Steady {
		switch n := copies[who]; {
		case n == 0:
			f.Lost++
			f.Note("%q is missing at %s (%+v)", e.text, who, e.last())
			once = false
		case n > 1:
			f.Doubled += n - 1
			f.Note("%s has %q %d times (%+v)", who, e.text, n, e.last())
			once = false
		}
	}
	if once {
		f.Once++
	}
}

// leaked holds the leaks that there were against those that botd took back and counted,
// no later than the next sweep. A botd that is dead sweeps when it is started again.
func (w *world) leaked(f *rig.Figures, shown map[place]simulator.Message, told []chat.Leak) {
	counted := map[place]chat.Leak{}
	for _, l := range told {
		p := place{string(l.Group), l.MsgSeq}
		if _, was := shown[p]; !was {
			f.Misreported++
			f.Note("botd tells of a leak that was none: %+v", l)
		}
		counted[p] = l
	}
	var visible []time.Duration
	var late time.Duration
	found := map[chat.Finder]int{}
	for p, m := range shown {
		l, known := counted[p]
		if m.Recalled.IsZero() || !known || l.Result != chat.Recalled {
			f.Outsiders++
			f.Note("a leak is still there, or not counted: %s %d %q since %v, recalled %v: %+v", p.group, p.seq, m.Text, m.Time, m.Recalled, l)
			continue
		}
		found[l.FoundBy]++
		visible = append(visible, m.Recalled.Sub(m.Time))
		alive := w.alive(m.Time, m.Recalled)
		if late = max(late, alive); alive > sweep+slack {
			f.Outsiders++
			f.Note("a leak was there for %v, of which botd lived %v: %s %d", m.Recalled.Sub(m.Time), alive, p.group, p.seq)
		}
	}
	f.Note("%d answers leaked for the service's want of a verdict in time; %d of them were taken back and counted, %d found by a callback and %d by a sweep; seen for %s, the longest of them while botd lived %s",
		len(shown), len(visible), found[chat.FoundByCallback], found[chat.FoundBySweep], spread(visible), rig.Round(late))
}

// spread is the median, the 99th of 100 and the longest.
func spread(all []time.Duration) string {
	if len(all) == 0 {
		return "no time"
	}
	slices.Sort(all)
	at := func(share float64) time.Duration { return all[min(int(share*float64(len(all))), len(all)-1)] }
	return fmt.Sprintf("%s at the median, %s at the 99th of 100 and %s at the most", round(at(0.5)), round(at(0.99)), round(all[len(all)-1]))
}

// round is a duration with as many digits as say something.
func round(d time.Duration) string {
	if d < 100*time.Millisecond {
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}
