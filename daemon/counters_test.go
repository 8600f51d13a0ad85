package daemon

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/botd-chat/botd/im"
)

func TestACounterIsThatOfItsLabelsHoweverOftenItIsAskedFor(t *testing.T) {
	m := newMetrics()
	for range 3 {
		m.answered("quiz", 202, 0)
	}
	m.answered("quiz", 401, 0)
	m.called(im.Call{API: "send_group_msg", Code: 60007, Class: im.Rate})
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	for _, line := range []string{
		`botd_webhook_requests_total{hook="quiz",status="202"} 3`,
		`botd_webhook_requests_total{hook="quiz",status="401"} 1`,
		`botd_im_requests_total{api="send_group_msg",class="rate",code="60007"} 1`,
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("there is no line %s", line)
		}
	}
}
