package receipts

import (
	"fmt"

	"github.com/botd-chat/botd/chat"
)

// Kind is what is wrong with an export.
type Kind string

// The kinds of problems.
const (
	Changed Kind = "changed"      // a line does not say what its hashes say
	Missing Kind = "missing"      // receipts are not there
	Apart   Kind = "out of order" // a receipt stands in the wrong place
	Twice   Kind = "twice"        // a receipt is there again
	CutOff  Kind = "cut off"      // a chain ends before a head that was noted
	Broken  Kind = "broken"       // a receipt says that a promise was not kept
)

// Problem is one thing that is wrong.
type Problem struct {
	Line int    `json:"line,omitempty"` // of the file, from 1; 0: it is about none
	Lane string `json:"lane,omitempty"`
	N    int64  `json:"n,omitempty"` // the receipt in its lane
	Kind Kind   `json:"kind"`
	Text string `json:"text"`
}

// String is the problem for a person.
func (p Problem) String() string {
	place := ""
	if p.Line > 0 {
		place = fmt.Sprintf("line %d: ", p.Line)
	}
	what := ""
	switch {
	case p.N > 0:
		what = fmt.Sprintf("receipt %d of lane %s ", p.N, p.Lane)
	case p.Lane != "":
		what = fmt.Sprintf("lane %s ", p.Lane)
	}
	return fmt.Sprintf("%s%s: %s%s", place, p.Kind, what, p.Text)
}

// Chain is what is shown of a lane's chain.
type Chain struct {
	Lane  string `json:"lane"`
	First int64  `json:"first"`
	Last  int64  `json:"last"`
	After string `json:"after,omitempty"` // the hash that the first goes on from; empty: it is the beginning
	Head  string `json:"head"`            // the hash of the last
	// Noted is the highest number up to which a head that was noted elsewhere
	// says the same; 0 is none.
	Noted int64 `json:"noted,omitempty"`
}

// Report is what a verification came to.
type Report struct {
	Picked     string      `json:"picked"` // what was asked for, as the file says
	Written    Moment      `json:"written"`
	Receipts   int64       `json:"receipts"`   // that were read
	Withheld   int64       `json:"withheld"`   // of which only the hash is in the file
	Deliveries int64       `json:"deliveries"` // that these speak of first
	People     int64       `json:"people"`     // that were named in these
	Erased     int64       `json:"erased"`     // names and texts that are not there any more, or were left out
	Chains     []Chain     `json:"chains"`
	Unchecked  []chat.Head `json:"unchecked,omitempty"` // heads before what is in the file
	Problems   []Problem   `json:"problems"`            // in the order of the file; at most a thousand
	Wrong      int         `json:"wrong"`               // how many problems there are
}

// mostProblems is how many are told; a file that was sorted has one in each line.
const mostProblems = 1000

func (r *Report) problem(p Problem) {
	if r.Wrong++; len(r.Problems) < mostProblems {
		r.Problems = append(r.Problems, p)
	}
}
