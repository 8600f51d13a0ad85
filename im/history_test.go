package im

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func historyPage(finished, list string) string {
	return `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","GroupId":"g","IsFinished":` + finished + `,"RspMsgList":[` + list + `]}`
}

func TestHistory(t *testing.T) {
	const (
		message  = `{"From_Account":"quizbot","IsPlaceMsg":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"/answer B"}}],"CloudCustomData":"{\"botd\":1}","MsgPriority":2,"MsgRandom":4294967295,"MsgSeq":7,"MsgTimeStamp":1767225600}`
		system   = `{"From_Account":"@TIM#SYSTEM","IsPlaceMsg":0,"IsSystemMsg":1,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a"}},{"MsgType":"TIMTextElem","MsgContent":{"Text":"b"}}],"MsgRandom":0,"MsgSeq":4}`
		empty    = `{"IsPlaceMsg":1,"MsgBody":[],"MsgSeq":6}`
		recalled = `{"From_Account":"carol","IsPlaceMsg":2,"MsgRandom":5,"MsgSeq":5,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"gone"}}],"CloudCustomData":"x"}`
	)
	t.Run("what it holds, newest first", func(t *testing.T) {
		s := say(t, historyPage("1", recalled+","+message+","+system+","+empty))
		got, more, err := newClient(t, testConfig(t, s.URL)).History(t.Context(), "g", 0, 20)
		if err != nil || !more {
			t.Fatal(more, err)
		}
		want := []HistoryMessage{
			{Seq: 7, From: "quizbot", Random: 4294967295, Text: "/answer B", Elements: []byte(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"/answer B"}}]`), Mark: mark},
			{Seq: 6, Empty: true},
			{Seq: 5, From: "carol", Random: 5, Recalled: true},
			{Seq: 4, From: "@TIM#SYSTEM", System: true, Text: "a\nb", Elements: got[3].Elements},
		}
		if got[0].Time.Unix() != 1767225600 || !got[1].Time.IsZero() {
			t.Errorf("the times are %v and %v", got[0].Time, got[1].Time)
		}
		want[0].Time = got[0].Time
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if raw := s.seen()[0].raw; raw != `{"GroupId":"g","ReqMsgNumber":20,"WithRecalledMsg":1}` {
			t.Errorf("asked %s", raw)
		}
	})
	t.Run("a page from a number, of no more than twenty", func(t *testing.T) {
		s := say(t, historyPage("0", message))
		if _, _, err := newClient(t, testConfig(t, s.URL)).History(t.Context(), "g", 7, 100); err != nil {
			t.Fatal(err)
		}
		if raw := s.seen()[0].raw; raw != `{"GroupId":"g","ReqMsgNumber":20,"WithRecalledMsg":1,"ReqMsgSeq":7}` {
			t.Errorf("asked %s", raw)
		}
	})
	for name, c := range map[string]struct{ finished, list string }{
		"the first message":       {"1", `{"MsgSeq":1}`},
		"the rest has expired":    {"2", message},
		"a group without a word":  {"1", ``},
		"nothing, says the error": {"0", ``},
	} {
		t.Run("there is no more after "+name, func(t *testing.T) {
			s := say(t, historyPage(c.finished, c.list))
			if _, more, err := newClient(t, testConfig(t, s.URL)).History(t.Context(), "g", 0, 1); more || err != nil {
				t.Errorf("more is %v, error %v", more, err)
			}
		})
	}
	for name, answer := range map[string]string{
		"no list":                      `{"ErrorCode":0,"IsFinished":1}`,
		"a list of null":               `{"ErrorCode":0,"IsFinished":1,"RspMsgList":null}`,
		"a message without a number":   historyPage("1", `{"MsgRandom":1}`),
		"a message from further on":    historyPage("1", `{"MsgSeq":10}`),
		"a number with a fraction":     historyPage("1", `{"MsgSeq":1.5}`),
		"a number that is there twice": historyPage("1", `{"MsgSeq":1,"MsgSeq":2}`),
		"a mark that is no text":       historyPage("1", `{"MsgSeq":1,"CloudCustomData":{}}`),
		"a Random that is a sentence":  historyPage("1", `{"MsgSeq":1,"MsgRandom":"x"}`),
	} {
		t.Run("unreadable: "+name, func(t *testing.T) {
			s := say(t, answer)
			list, _, err := newClient(t, testConfig(t, s.URL)).History(t.Context(), "g", 9, 20)
			wantClass(t, err, Unclear)
			if list != nil {
				t.Errorf("it returned %v besides", list)
			}
		})
	}
}

func TestNoLogShowsWhatStandsInAHistory(t *testing.T) {
	m := HistoryMessage{Seq: 7, From: "carol", Text: "/answer B", Elements: []byte(`["/answer B"]`), Mark: "B's mark"}
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("found", "message", m, "messages", []HistoryMessage{m})
	}
	_, _ = fmt.Fprintf(&log, "%v %+v %#v %s %q %x %v %v", m, m, m, m, m, m, &m, []HistoryMessage{m})
	if err := json.NewEncoder(&log).Encode(map[string]any{"m": m}); err != nil {
		t.Fatal(err)
	}
	if said := log.String(); strings.Contains(said, "answer") || strings.Contains(said, "mark") || !strings.Contains(said, "message 7 of") {
		t.Error(said)
	}
}

func TestRecall(t *testing.T) {
	t.Run("ten at a time, each with its own answer", func(t *testing.T) {
		s := say(t, `{"ErrorCode":0,"RecallRetList":[{"MsgSeq":1,"RetCode":0},{"MsgSeq":3,"RetCode":10031},{"MsgSeq":4}]}`,
			`{"ErrorCode":0,"RecallRetList":[{"MsgSeq":12,"RetCode":10041},{"MsgSeq":11,"RetCode":0}]}`)
		var seqs []uint32
		for n := range uint32(12) {
			seqs = append(seqs, n+1)
		}
		got, err := newClient(t, testConfig(t, s.URL)).Recall(t.Context(), "g", seqs)
		if err != nil || len(got) != 12 || len(s.seen()) != 2 {
			t.Fatalf("%d results of %d calls, %v", len(got), len(s.seen()), err)
		}
		if got[0].Err != nil || got[10].Err != nil || got[11].Seq != 12 {
			t.Errorf("got %v", got)
		}
		if e := wantClass(t, got[2].Err, Permanent); e.Code != 10031 || !strings.Contains(e.Error(), "too late") {
			t.Errorf("got %v", e)
		}
		wantClass(t, got[11].Err, Configuration)
		for _, left := range []int{1, 3} { // left out, and without a code
			wantClass(t, got[left].Err, Unclear)
		}
		if raw := s.seen()[1].raw; raw != `{"GroupId":"g","MsgSeqList":[{"MsgSeq":11},{"MsgSeq":12}]}` {
			t.Errorf("asked %s", raw)
		}
	})
	t.Run("the second call fails", func(t *testing.T) {
		s := say(t, `{"ErrorCode":0,"RecallRetList":[]}`, "<html>")
		got, err := newClient(t, testConfig(t, s.URL)).Recall(t.Context(), "g", slices.Repeat([]uint32{1}, 11))
		wantClass(t, err, Unclear)
		if len(got) != 10 {
			t.Errorf("%d results", len(got))
		}
	})
	for name, answer := range map[string]string{"no list": `{"ErrorCode":0}`, "half an answer": `{"ErrorCode":0,"Recall`} {
		t.Run(name, func(t *testing.T) {
			s := say(t, answer)
			_, err := newClient(t, testConfig(t, s.URL)).Recall(t.Context(), "g", []uint32{1})
			wantClass(t, err, Unclear)
		})
	}
}
