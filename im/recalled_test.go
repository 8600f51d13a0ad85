package im_test

import (
	"errors"
	"testing"

	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/im/simulator"
)

func TestHistoryAndRecallAgainstTheSimulator(t *testing.T) {
	w := newWorld(t, simulator.Modes{})
	defer w.close()
	must(t, w.sim.AddGroup(classRoom("@TGS#2QUIZROOM1", "Public")))
	for n := range uint32(45) {
		m := message(t, recipients(t, "alice"))
		m.Random = n + 1000
		_, err := send(t.Context(), w, m)
		must(t, err)
	}
	read := func() (all []im.HistoryMessage) {
		t.Helper()
		for newest, more := uint32(0), true; more; newest = all[len(all)-1].Seq - 1 {
			var page []im.HistoryMessage
			var err error
			page, more, err = w.client.History(t.Context(), "@TGS#2QUIZROOM1", newest, im.MaxHistory)
			must(t, err)
			all = append(all, page...)
		}
		return all
	}
	all := read()
	if len(all) != 45 {
		t.Fatalf("read %d of 45", len(all))
	}
	for i, m := range all {
		if want := uint32(45 - i); m.Seq != want || m.Random != want+999 || m.From != "quizbot" || m.Empty || m.Recalled {
			t.Fatalf("message %d is %+v", i, m)
		}
	}
	results, err := w.client.Recall(t.Context(), "@TGS#2QUIZROOM1", []uint32{45, 1, 46})
	must(t, err)
	e, _ := errors.AsType[*im.Error](results[2].Err)
	if results[0].Err != nil || results[1].Err != nil || e == nil || e.Code != 10030 {
		t.Errorf("the results are %v", results)
	}
	all = read()
	if len(all) != 45 || !all[0].Recalled || !all[44].Recalled || all[1].Recalled {
		t.Errorf("%d messages, the newest %+v", len(all), all[0])
	}
	_, _, err = w.client.History(t.Context(), "@TGS#2NONE", 0, 1)
	if e, ok := errors.AsType[*im.Error](err); !ok || e.Code != 10010 {
		t.Errorf("of no group: %v", err)
	}
}
