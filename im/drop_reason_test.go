package im

import (
	"strings"
	"testing"
)

func TestRule10_ADropReasonIsNotPrinted(t *testing.T) {
	s := say(t, `{"ActionStatus":"OK","ErrorCode":0,"MsgDropReason":"filtered: carol answered B"}`)
	c := newClient(t, testConfig(t, s.URL))
	_, err := c.Send(t.Context(), prepare(t, c, targeted(t)))
	if err == nil || strings.Contains(err.Error(), "carol") {
		t.Errorf("the error says %v", err)
	}
}
