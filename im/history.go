package im

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
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
	System   bool // the service's own, about the group
	// Text is its text elements with a line break between two, and Elements its
	// MsgBody; both are empty where Empty or Recalled. Neither is to be logged.
	Text     string
	Elements json.RawMessage
	Mark     string // CloudCustomData
}

// String says which message it is, and nothing of what it says.
func (m HistoryMessage) String() string {
	return fmt.Sprintf("message %d of %q, of %d bytes", m.Seq, string(m.From), len(m.Elements))
}

// Format prints String, whatever the verb, so that no log shows the message.
func (m HistoryMessage) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.String()) }

// MarshalText is String.
func (m HistoryMessage) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// LogValue is String.
func (m HistoryMessage) LogValue() slog.Value { return slog.StringValue(m.String()) }

type historyQuestion struct {
	Group    chat.GroupID `json:"GroupId"`
	Number   int          `json:"ReqMsgNumber"`
	Recalled int          `json:"WithRecalledMsg"`
	Newest   uint32       `json:"ReqMsgSeq,omitempty"` // absent: the newest there is
}

type historyEntry struct {
	Seq    uint32
	From   chat.UserID
	Random uint32
	Time   int64
	Place  int // 1: empty, 2: recalled
	System int // 1: the service's own
	Body   json.RawMessage
	Mark   string // not in the document's table, but in answers
}

// UnmarshalJSON takes the fields by their exact names, each once.
func (e *historyEntry) UnmarshalJSON(b []byte) error {
	return exactly(b, map[string]any{
		"MsgSeq": &e.Seq, "From_Account": &e.From, "MsgRandom": &e.Random, "MsgTimeStamp": &e.Time,
		"IsPlaceMsg": &e.Place, "IsSystemMsg": &e.System, "MsgBody": &e.Body, "CloudCustomData": &e.Mark,
	})
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
	return a.history(newest)
}

// history reads a page that was asked for from a number on.
func (a answer) history(newest uint32) (list []HistoryMessage, more bool, err error) {
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
	m := HistoryMessage{
		Seq: e.Seq, From: e.From, Random: e.Random, Empty: e.Place == 1, Recalled: e.Place == 2, System: e.System == 1,
	}
	if e.Time != 0 {
		m.Time = time.Unix(e.Time, 0)
	}
	if !m.Empty && !m.Recalled {
		m.Text, m.Elements, m.Mark = chat.TextIn(e.Body), e.Body, e.Mark
	}
	return m
}
