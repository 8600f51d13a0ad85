package im

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// MaxHistory is how many messages one call of [Client.History] returns at most
// (product/1047/34971).
const MaxHistory = 20

// HistoryMessage is what stands at one number of a group's history.
type HistoryMessage struct {
	Seq      uint32
	From     chat.UserID // empty where Empty
	Random   uint32
	Time     time.Time // the service's, to the second
	Empty    bool      // expired, deleted, or not shown to this application
	Recalled bool
	// Text is its text elements with a line break between two, and Elements its
	// MsgBody; both are empty where Empty or Recalled. Neither is to be logged.
	Text     string
	Elements json.RawMessage
	Mark     string // CloudCustomData, by which our own messages are told from others'
}

type historyQuestion struct {
	Group    chat.GroupID `json:"GroupId"`
	Number   int          `json:"ReqMsgNumber"`
	Recalled int          `json:"WithRecalledMsg"`
	Newest   uint32       `json:"ReqMsgSeq,omitempty"` // absent: the newest there is
}

type historyEntry struct {
	Seq    uint32      `json:"MsgSeq"`
	From   chat.UserID `json:"From_Account"`
	Random uint32      `json:"MsgRandom"`
	Time   int64       `json:"MsgTimeStamp"`
	Place  int         `json:"IsPlaceMsg"` // 1: empty, 2: recalled
}

// History reads up to n messages of a group, newest first, from the number
// newest backwards; 0 begins at the newest there is. n over [MaxHistory] is
// MaxHistory. more reports that there may be older ones: ask again with the last
// number less one.
//
// That a message is not there proves nothing. It is not documented whether
// targeted messages are shown (product/1047/34971).
func (c *Client) History(ctx context.Context, g chat.GroupID, newest uint32, n int) (list []HistoryMessage, more bool, err error) {
	a, err := c.ask(ctx, apiHistory, historyQuestion{Group: g, Number: min(max(n, 1), MaxHistory), Recalled: 1, Newest: newest})
	if err != nil {
		return nil, false, err
	}
	var entries []historyEntry
	if err := a.must("RspMsgList", &entries); err != nil {
		return nil, false, err
	}
	for _, e := range entries {
		// A number above the one asked for would send whoever pages round in a circle.
		if e.Seq == 0 || newest != 0 && e.Seq > newest {
			return nil, false, a.unreadable(fmt.Sprintf("it has a message %d, asked from %d", e.Seq, newest))
		}
		list = append(list, e.message())
	}
	slices.SortFunc(list, func(x, y HistoryMessage) int { return cmp.Compare(y.Seq, x.Seq) })
	const restExpired = 2
	more = len(list) > 0 && list[len(list)-1].Seq > 1 && a.number("IsFinished") != restExpired
	return list, more, nil
}

func (e historyEntry) message() HistoryMessage {
	m := HistoryMessage{Seq: e.Seq, From: e.From, Random: e.Random, Empty: e.Place == 1, Recalled: e.Place == 2}
	if e.Time != 0 {
		m.Time = time.Unix(e.Time, 0)
	}
	return m
}
