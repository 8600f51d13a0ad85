package simulator

import (
	"encoding/json"
	"math"
	"time"
)

// historyPerCall is the most messages one call returns (product/1047/34971), and
// historyBytes the most of their MsgBody together: the page says that there is
// such a bound, and not which.
const (
	historyPerCall = 20
	historyBytes   = 96 << 10
)

// Values of IsPlaceMsg: what stands at a number of the history.
const (
	placeMessage  = 0
	placeEmpty    = 1 // expired, or not shown to the caller
	placeRecalled = 2
)

// Values of IsFinished.
const (
	historyCut     = 0 // there is more of what was asked for
	historyWhole   = 1
	historyExpired = 2 // cut, and all the rest has expired
)

// keptFor is how long an edition keeps messages (product/1047/34381).
var keptFor = map[string]time.Duration{
	"trial": 7 * day, "standard": 7 * day, "pro": 30 * day, "pro_plus": 90 * day, "enterprise": 90 * day,
}

const day = 24 * time.Hour

type historyAnswer struct {
	envelope
	GroupId    string //nolint:revive,staticcheck // the service's spelling
	IsFinished int
	RspMsgList []historyEntry
}

type historyEntry struct {
	From       string            `json:"From_Account,omitempty"`
	Place      int               `json:"IsPlaceMsg"`
	Body       []json.RawMessage `json:"MsgBody"`
	Priority   int               `json:"MsgPriority,omitempty"` // from 1: High
	Random     uint32            `json:"MsgRandom"`
	Seq        uint32            `json:"MsgSeq"`
	Time       int64             `json:"MsgTimeStamp"`
	CustomData string            `json:"CloudCustomData,omitempty"`
}

// historyQuery is which part of a group's history is wanted.
type historyQuery struct {
	newest, number uint32
	recalled       bool // recalled messages too
}

// groupHistory is group_msg_get_simple (product/1047/34971): up to 20 messages,
// newest first.
func (s *Simulator) groupHistory(c *call) (any, error) {
	g, err := s.groupOf(c)
	if err != nil {
		return nil, err
	}
	if g.kind == "AVChatRoom" {
		return nil, refuse(number(s.modes.HistoryInAVChat), "an AVChatRoom keeps no messages")
	}
	q, err := readHistoryQuery(c.body, g.lastSeq)
	if err != nil {
		return nil, err
	}
	list, next := s.historyPage(g, q)
	return historyAnswer{envelope: okay, GroupId: g.id, IsFinished: s.finished(g, q, next), RspMsgList: list}, nil
}

func readHistoryQuery(f fields, last uint32) (q historyQuery, err error) {
	n, _, err := f.integer("ReqMsgNumber", math.MaxUint32)
	if err != nil {
		return q, err
	}
	if n == 0 {
		return q, refuse(10004, "ReqMsgNumber is missing or 0")
	}
	newest, found, err := f.integer("ReqMsgSeq", math.MaxUint32)
	if err != nil {
		return q, err
	}
	if !found || newest > uint64(last) {
		newest = uint64(last)
	}
	recalled, _, err := f.integer("WithRecalledMsg", 1)
	return historyQuery{newest: uint32(newest), number: uint32(n), recalled: recalled == 1}, err //nolint:gosec // both were bounded
}

// oldest is the smallest number that is wanted.
func (q historyQuery) oldest() uint32 {
	if q.number >= q.newest {
		return 1
	}
	return q.newest - q.number + 1
}

// historyPage returns what fits into one answer, and the first number that did
// not; one below the oldest where all did.
func (s *Simulator) historyPage(g *group, q historyQuery) (list []historyEntry, next uint32) {
	list = []historyEntry{}
	bytes, looked := 0, 0
	for next = q.newest; next >= q.oldest(); next-- {
		e := s.historyEntry(g, next)
		size := 0
		for _, element := range e.Body {
			size += len(element)
		}
		if looked == historyPerCall || looked > 0 && bytes+size > historyBytes {
			return list, next
		}
		looked, bytes = looked+1, bytes+size
		if e.Place != placeRecalled || q.recalled {
			list = append(list, e)
		}
	}
	return list, next
}

func (s *Simulator) finished(g *group, q historyQuery, next uint32) int {
	switch {
	case next < q.oldest():
		return historyWhole
	case s.keptMessage(g, next) != nil:
		return historyCut
	}
	return historyExpired // as all before it
}

// historyEntry is what the administrator sees at a number.
func (s *Simulator) historyEntry(g *group, seq uint32) historyEntry {
	m := s.keptMessage(g, seq)
	if m == nil || m.Reason == Targeted && s.modes.TargetedHistory == "hidden" {
		return historyEntry{Place: placeEmpty, Seq: seq, Body: []json.RawMessage{}}
	}
	e := historyEntry{From: m.From, Random: m.Random, Seq: seq, Time: m.Time.Unix(), Body: []json.RawMessage{}}
	if !m.Recalled.IsZero() {
		e.Place = placeRecalled
		return e
	}
	e.Priority, e.CustomData = 1, m.CustomData
	for i, name := range priorities {
		if name == m.Priority {
			e.Priority = i + 1
		}
	}
	e.Body, _ = entries(m.Elements) // it was checked when it was sent
	return e
}

// keptMessage is the message with a number in the group, or nil when there is
// none or it is older than the edition keeps.
func (s *Simulator) keptMessage(g *group, seq uint32) *Message {
	if seq == 0 || seq > g.lastSeq {
		return nil
	}
	m, ok := g.history.newest(int(g.lastSeq - seq))
	if !ok || s.Now().Sub(m.Time) > keptFor[s.app.edition] {
		return nil
	}
	return m
}
