package simulator

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkSend is one targeted message through the whole handler, without the
// network.
func BenchmarkSend(b *testing.B) {
	sim, err := New(Options{SDKAppID: appID, SecretKey: key, Limits: Limits{CallsPerSecond: -1, GroupMessagesPerSecond: -1}})
	must(b, err)
	must(b, sim.AddAccount("quizbot"))
	must(b, sim.AddGroup(classRoom(room, "Public")))
	q := (&rig{}).query()
	q.Set("usersig", sign([]byte(key), "administrator", appID, sim.Now(), 86400, 6))
	target := "/v4/group_open_http_svc/send_group_msg?" + q.Encode()
	text := strings.Repeat("x", 800)
	for i := 0; b.Loop(); i++ {
		body := fmt.Sprintf(`{"GroupId":"%s","Random":%d,"From_Account":"quizbot","To_Account":["alice","bob"],`+
			`"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"%s"}}]}`, room, i, text)
		w := httptest.NewRecorder()
		sim.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, target, strings.NewReader(body)))
		if !strings.Contains(w.Body.String(), `"ErrorCode":0`) {
			b.Fatal(w.Body)
		}
	}
}
