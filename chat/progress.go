package chat

import (
	"fmt"
	"strings"
)

// Progress is how far a message has come, counted in people. Each of those it
// was for is in one of the fields after People.
type Progress struct {
	People  int `json:"people"`
	Reached int `json:"reached,omitempty"`  // accepted by the service for them
	Waiting int `json:"waiting,omitempty"`  // their turn, or another try, is to come
	Unclear int `json:"unclear,omitempty"`  // may or may not have got it
	LeftOut int `json:"left_out,omitempty"` // ceased to qualify before it was sent
	Failed  int `json:"failed,omitempty"`   // certainly did not get it
	Again   int `json:"again,omitempty"`    // it is sent to them again by another message
	Over    int `json:"over,omitempty"`     // too late, or given up
}

// ProgressOf counts the deliveries of a message.
func ProgressOf(list []DeliveryHistory) Progress {
	var p Progress
	for _, d := range list {
		n, out := d.Recipients.Len(), 0
		for _, lost := range d.Lost {
			switch {
			case !d.Recipients.Has(lost.User):
				p.People++
				p.LeftOut++
			case d.Outcome == Dropped && !d.MayHaveArrived():
				out++ // nobody was left, so they still stand there
			}
		}
		p.People += n
		p.LeftOut += out
		*p.of(d.Delivery) += n - out
	}
	return p
}

// of is the count that the recipients of a delivery belong to.
func (p *Progress) of(d Delivery) *int {
	switch {
	case d.Outcome == Sent:
		return &p.Reached
	case d.Outcome == Unknown, d.Status == Ready && d.MayHaveArrived():
		return &p.Unclear
	case d.Status == Ready:
		return &p.Waiting
	case d.Outcome == Retried:
		return &p.Again
	case d.Status == Done:
		return &p.Over
	}
	return &p.Failed
}

// MayHaveArrived says of a delivery that was not accepted by the service, as far
// as is known, that an attempt was begun of which nobody knows what came.
func (d Delivery) MayHaveArrived() bool { return !d.Series.IsZero() || !d.Resent.IsZero() }

// String tells it, such as "44 of 52 reached, 8 waiting"; empty when nobody was
// to be reached or it is not known yet who.
func (p Progress) String() string {
	if p.People == 0 {
		return ""
	}
	parts := []string{fmt.Sprintf("%d of %d reached", p.Reached, p.People)}
	for _, x := range []struct {
		n    int
		text string
	}{
		{p.Waiting, "waiting"}, {p.Unclear, "unclear"}, {p.LeftOut, "left out"}, {p.Failed, "failed"},
		{p.Again, "sent again"}, {p.Over, "given up"},
	} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", x.n, x.text))
		}
	}
	return strings.Join(parts, ", ")
}
