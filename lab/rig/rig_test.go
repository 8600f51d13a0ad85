package rig

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/im/simulator"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }

// message is one of webhook 0, which was posted at noon.
func message(seconds float64, to ...string) simulator.Message {
	return simulator.Message{Group: GroupID(0), Text: text(0), Time: at(seconds), Recipients: to}
}

// TestTheJudgeSeesWhatIsWrong keeps the laboratory honest: each way of breaking
// a promise must show in its figures.
func TestTheJudgeSeesWhatIsWrong(t *testing.T) {
	all := func(more ...string) []string { return append([]string{"owner", "admin1", "admin2"}, more...) }
	for _, c := range []struct {
		name     string
		messages []simulator.Message
		told     fate
		want     string // in the verdict; empty: nothing is wrong
	}{
		{"each of them once", []simulator.Message{message(1, all()...)}, sent, ""},
		{"in two parts", []simulator.Message{message(1, "owner"), message(1, "admin1", "admin2")}, sent, ""},
		{"one of them missing", []simulator.Message{message(1, "owner", "admin1")}, sent, "1 lost"},
		{"nobody, and told as sent", nil, sent, "1 lost"},
		{"nobody, and not ended", nil, unending, "1 lost"},
		{"one of them twice", []simulator.Message{message(1, all()...), message(2, "admin1")}, sent, "1 doubled"},
		{"somebody else too", []simulator.Message{message(1, all("member3")...)}, sent, "1 shown to outsiders"},
		{"told as refused, and sent", []simulator.Message{message(1, all()...)}, "refused", "1 told as not sent"},
		{"somebody who was promoted too late to expect it", []simulator.Message{message(1, all("late")...)}, sent, ""},
		{"without them", []simulator.Message{message(1, all()...)}, sent, ""},
		{"somebody just demoted", []simulator.Message{message(25.9, all("late")...)}, sent, ""},
		{"somebody demoted long ago", []simulator.Message{message(26.2, all("late")...)}, sent, "1 shown to outsiders"},
		{"somebody not promoted yet", []simulator.Message{message(0.4, all("late")...)}, sent, "1 shown to outsiders"},
		{"without somebody who was there all the time", []simulator.Message{message(19, all()...)}, sent, ""},
		{"in another group", []simulator.Message{{Group: GroupID(1), Text: text(0), Time: at(1), Recipients: []string{"owner"}}}, sent, "1 lost, 1 shown to outsiders"},
		{"what nobody asked for", []simulator.Message{message(1, all()...), {Group: GroupID(0), Text: text(7), Recipients: []string{"owner"}, Time: at(1)}}, sent, "1 sent although never"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Figures{}
			k := court{groups: 2, journal: journal(), acknowledged: map[int]Ack{0: {Posted: noon, Known: noon}}, fates: map[int]fate{0: c.told}}
			k.judge(&f, c.messages)
			err := f.Verdict()
			if got := fmt.Sprint(err); (c.want == "") != (err == nil) || !strings.Contains(got, c.want) {
				t.Errorf("verdict %q, want %q", got, c.want)
			}
			if (f.Once == 1) != (c.want == "") && f.Unasked == 0 {
				t.Errorf("%d delivered once", f.Once)
			}
		})
	}
	if (Figures{}).Verdict() == nil {
		t.Error("no message at all passes")
	}
}

// journal has the steady ones, and one who was promoted about half a second
// after noon and demoted about twenty seconds after noon.
func journal() *Journal {
	j := newJournal()
	for _, g := range []int{0, 1} {
		for _, who := range Steady {
			j.Note(GroupID(g), who, true, time.Time{}, time.Time{})
		}
	}
	j.Note(GroupID(0), "late", true, at(0.5), at(0.6))
	j.Note(GroupID(0), "late", false, at(19.9), at(20))
	return j
}

func TestWhatIsToldIsNotLost(t *testing.T) {
	f := Figures{}
	k := court{groups: 1, journal: journal(),
		acknowledged: map[int]Ack{0: {}, 1: {}, 2: {}}, fates: map[int]fate{0: unknown, 1: "failed", 2: "dropped"}}
	k.judge(&f, nil)
	if f.Acknowledged != 3 || f.Unknown != 1 || f.GivenUp != 2 || f.Lost != 0 {
		t.Errorf("%+v", f)
	}
}

func TestWhoWasThereAllTheTimeMustGetIt(t *testing.T) {
	f := Figures{}
	k := court{groups: 1, journal: journal(), acknowledged: map[int]Ack{0: {Posted: at(10)}}, fates: map[int]fate{0: sent}}
	k.judge(&f, []simulator.Message{message(11, Steady...)})
	if f.Lost != 1 {
		t.Errorf("somebody who qualified long before did not get it: %+v", f)
	}
}

func TestRecoveryIsMeasuredByWhatWaited(t *testing.T) {
	f := Figures{}
	k := court{acknowledged: map[int]Ack{0: {Known: at(0)}, 1: {Known: at(1)}, 2: {Known: at(3)}},
		arrived: map[int]time.Time{0: at(4), 1: at(6), 2: at(3.5)}}
	k.recovery(&f, []mark{{over: at(2)}})
	if f.Marks != 1 || f.Moving != 2*time.Second || f.Drained != 4*time.Second {
		t.Errorf("moves after %v, drained after %v", f.Moving, f.Drained)
	}
	k.recovery(&f, []mark{{over: at(7)}})
	if f.Marks != 1 {
		t.Error("nothing waited, and that was measured")
	}
	f = Figures{}
	k.recovery(&f, []mark{{over: at(2), next: at(5)}})
	if f.Moving != 2*time.Second || f.Drained != 2*time.Second {
		t.Errorf("with new trouble before it drained: %v, %v", f.Moving, f.Drained)
	}
}

func TestTheBusiestSecond(t *testing.T) {
	var calls []simulator.Call
	for i, seconds := range []float64{0, 0.5, 0.9, 1.1, 1.6, 3} {
		calls = append(calls, simulator.Call{API: "send_group_msg", Group: GroupID(i % 2), Time: at(seconds)})
	}
	calls = append(calls, simulator.Call{API: "other", Time: at(0.6)})
	all, group := Busiest(calls, "send_group_msg")
	if all != 3 || group != 2 {
		t.Errorf("%d in all, %d in one group", all, group)
	}
}
