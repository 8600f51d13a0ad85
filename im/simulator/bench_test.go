package simulator

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// benchWorld is a simulator without limits on rates, and the URL path of a send.
func benchWorld(b *testing.B) (sim *Simulator, target string) {
	sim, err := New(Options{SDKAppID: appID, SecretKey: key, Limits: Limits{CallsPerSecond: -1, GroupMessagesPerSecond: -1}})
	must(b, err)
	must(b, sim.AddAccount("quizbot"))
	must(b, sim.AddGroup(classRoom(room, "Public")))
	q := (&rig{}).query()
	q.Set("usersig", sign([]byte(key), "administrator", appID, sim.Now(), 86400, 6))
	return sim, "/v4/group_open_http_svc/send_group_msg?" + q.Encode()
}

// benchBody is a targeted message of about 1 KB.
func benchBody(random uint32) io.Reader {
	return strings.NewReader(fmt.Sprintf(`{"GroupId":"%s","Random":%d,"From_Account":"quizbot","To_Account":["alice","bob"],`+
		`"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"%s"}}]}`, room, random, strings.Repeat("x", 800)))
}

// BenchmarkSend is one targeted message through the handler, without a network.
func BenchmarkSend(b *testing.B) {
	sim, target := benchWorld(b)
	for i := uint32(0); b.Loop(); i++ {
		w := httptest.NewRecorder()
		sim.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, target, benchBody(i)))
		if !strings.Contains(w.Body.String(), `"ErrorCode":0`) {
			b.Fatal(w.Body)
		}
	}
}

// BenchmarkSendOverLoopback is the same over kept-alive connections, client
// included.
func BenchmarkSendOverLoopback(b *testing.B) {
	sim, target := benchWorld(b)
	server := httptest.NewServer(sim.Handler())
	defer server.Close()
	client := server.Client()
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	var random atomic.Uint32
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			resp, err := client.Post(server.URL+target, "application/json", benchBody(random.Add(1)))
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	})
	if n := sim.Counts()["send_group_msg"].Effects; n != b.N {
		b.Errorf("%d of %d took effect", n, b.N)
	}
}
