package im

import (
	"context"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// maxRecallsPerCall is how many messages one call takes back (product/1047/34965).
const maxRecallsPerCall = 10

// RecallResult is what the service said about one message.
type RecallResult struct {
	Seq uint32
	Err error // an *Error; nil when the message was recalled
}

type recallQuestion struct {
	Group    chat.GroupID `json:"GroupId"`
	Messages []recallSeq  `json:"MsgSeqList"`
}

type recallSeq struct {
	Seq uint32 `json:"MsgSeq"`
}

// Recall takes messages of a group back, by their numbers: they vanish from the
// group's history and from the members' devices (product/1047/34965). It cannot
// be undone, and does not undo that somebody has read one. That one cannot be
// recalled does not keep the others from it; an error besides the results means
// that of the numbers which are missing there, nothing is known.
func (c *Client) Recall(ctx context.Context, g chat.GroupID, seqs []uint32) ([]RecallResult, error) {
	var results []RecallResult
	for chunk := range slices.Chunk(seqs, maxRecallsPerCall) {
		q := recallQuestion{Group: g}
		for _, seq := range chunk {
			q.Messages = append(q.Messages, recallSeq{seq})
		}
		a, err := c.ask(ctx, apiRecall, q)
		if err != nil {
			return results, err
		}
		// The outer code says nothing here: each message has its own.
		var entries []recallEntry
		if err := a.must("RecallRetList", &entries); err != nil {
			return results, err
		}
		for _, seq := range chunk {
			results = append(results, a.recalled(seq, entries))
		}
	}
	return results, nil
}

type recallEntry struct {
	Seq  uint32 `json:"MsgSeq"`
	Code *int   `json:"RetCode"`
}

func (a answer) recalled(seq uint32, entries []recallEntry) RecallResult {
	r := RecallResult{Seq: seq}
	i := slices.IndexFunc(entries, func(e recallEntry) bool { return e.Seq == seq })
	switch {
	case i < 0:
		r.Err = a.unreadable("it leaves the message out")
	case entries[i].Code == nil:
		r.Err = a.unreadable("the message has no RetCode")
	case *entries[i].Code != 0:
		r.Err = ofCode(a.api, *entries[i].Code, "")
	}
	return r
}
