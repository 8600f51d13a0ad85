package simulator

import (
	"encoding/json"
	"math"
	"time"
)

const (
	recallsPerCall = 10
	recallReason   = 100 // bytes
	// recallWithin is how long clients have; for callers of the REST API it is a
	// mode.
	recallWithin = 2 * time.Minute
)

type recallAnswer struct {
	envelope
	RecallRetList []recallEntry
}

type recallEntry struct {
	MsgSeq  uint32
	RetCode int
}

// groupRecall is group_msg_recall (product/1047/34965): the outer code is 0 also
// where single messages cannot be recalled.
func (s *Simulator) groupRecall(c *call) (any, error) {
	g, err := s.groupOf(c)
	if err != nil {
		return nil, err
	}
	seqs, err := readRecall(c.body)
	if err != nil {
		return nil, err
	}
	answer := recallAnswer{envelope: okay}
	var gone []uint32
	for _, seq := range seqs {
		code := s.recall(g, seq)
		answer.RecallRetList = append(answer.RecallRetList, recallEntry{seq, code})
		if code == 0 {
			gone = append(gone, seq)
		}
	}
	s.tellRecalled(g, byREST(c), gone)
	s.hub.changed()
	return answer, nil
}

func readRecall(f fields) ([]uint32, error) {
	if reason, err := f.text("Reason"); err != nil || len(reason) > recallReason {
		return nil, refuse(10004, "Reason is not a string of up to 100 bytes")
	}
	var list []fields
	if json.Unmarshal(f["MsgSeqList"], &list) != nil || len(list) == 0 || len(list) > recallsPerCall {
		return nil, refuse(10004, "MsgSeqList is not an array of 1 to 10 objects")
	}
	seqs := make([]uint32, len(list))
	for i, item := range list {
		n, found, err := item.integer("MsgSeq", math.MaxUint32)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, refuse(10004, "MsgSeq is missing")
		}
		seqs[i] = uint32(n) //nolint:gosec // it was bounded
	}
	return seqs, nil
}

// recall takes one message back and returns the code for it.
func (s *Simulator) recall(g *group, seq uint32) int {
	m := s.keptMessage(g, seq)
	switch {
	case g.kind == "AVChatRoom":
		return 10033
	case s.modes.Recall == "10041":
		return 10041
	case m == nil:
		return 10030
	case !m.Recalled.IsZero():
		return number(s.modes.RecalledAgain)
	case s.modes.Recall == "10031" && s.Now().Sub(m.Time) > recallWithin:
		return 10031
	case s.modes.Recall == "10032" && m.Reason == Targeted:
		return 10032
	}
	m.Recalled = s.Now()
	return 0
}
