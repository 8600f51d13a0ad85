package receipts

import (
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// byFacts is a delivery to those who have not written for a day.
func byFacts(t tester) chat.Ended {
	e := ended(t, 1)
	e.Group.Members = append([]chat.Member(nil), school.Members...)
	for i, spoke := range []time.Time{{}, after(0).Add(-48 * time.Hour), after(0), {}} {
		e.Group.Members[i].Name = "card of somebody"
		e.Group.Members[i].Profile = &chat.Profile{Told: chat.NewFacts(chat.Spoke), Spoke: spoke}
	}
	e.Message.To.Where = `spoke == nil or now - spoke > duration("24h")`
	e.Message.Message.To = e.Message.To
	e.Message.Snapshot = e.Group.Hash()
	return e
}

func TestAReceiptProvesByWhichFactsItWasDecided(t *testing.T) {
	var c chain
	c.add(t, byFacts(t))
	if got := verify(t, c.export(t)); got.Wrong != 0 {
		t.Errorf("%s", told(got))
	}
	body, opened := string(c[0].Body), string(c[0].Opened)
	if strings.Contains(body, "spoke") || strings.Contains(body, `"bo"`) || !strings.Contains(body, `"facts":`) {
		t.Errorf("the body says of whom what: %s", body)
	}
	if !strings.Contains(opened, `\"spoke\":\"2026-03-02T09:00:00Z\"`) || strings.Contains(opened, "card of") {
		t.Errorf("beside it is %s", opened)
	}
	c[0].Opened = allErased(t, c[0])
	if got := told(verify(t, c.export(t))); strings.Contains(got, "is for") {
		t.Errorf("when it is erased:\n%s", got)
	}
}

func TestAReceiptOfSomebodyWhoHadWrittenIsTold(t *testing.T) {
	e := byFacts(t)
	e.Group.Members[1].Profile.Spoke = after(0)
	var c chain
	c.add(t, e)
	if got := told(verify(t, c.export(t))); !strings.Contains(got, `is for "bo", who has role admin, but does not meet`) || strings.Contains(got, `for "ann"`) {
		t.Error(got)
	}
}
