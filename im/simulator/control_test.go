package simulator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// do sends a request to the control API and returns status and body.
func (r *rig) do(method, path, contentType, body string, header ...string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.server.URL+path, strings.NewReader(body))
	must(r.t, err)
	req.Header.Set("Content-Type", contentType)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	client := r.server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	must(r.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(r.t, err)
	return resp.StatusCode, string(text)
}

func (r *rig) change(path, body string, want int) {
	r.t.Helper()
	if status, text := r.do(http.MethodPost, path, "application/json", body); status != want {
		r.t.Errorf("POST %s %s answered %d %s, want %d", path, body, status, text, want)
	}
}

func (r *rig) read(path string, into any) {
	r.t.Helper()
	status, text := r.do(http.MethodGet, path, "", "")
	if status != http.StatusOK {
		r.t.Fatalf("GET %s answered %d %s", path, status, text)
	}
	must(r.t, json.Unmarshal([]byte(text), into))
}

func TestWorldIsChangedOverHTTP(t *testing.T) {
	r := newRig(t)
	group := func(more string) string { return `{"group":"` + room + `"` + more + `}` }
	r.change("/sim/groups", `{"id":"team","type":"Work","name":"Team","members":[{"id":"alice","role":"Owner"}]}`, 204)
	r.change("/sim/accounts", `{"user":"frank"}`, 204)
	r.change("/sim/join", group(`,"user":"erin","role":"Admin","name_card":"Erin"`), 204)
	r.change("/sim/role", group(`,"user":"bob","role":"Member"`), 204)
	r.change("/sim/mute", group(`,"user":"carol","for":"1m"`), 204)
	r.change("/sim/online", `{"user":"alice","online":false}`, 204)
	r.change("/sim/leave", group(`,"user":"dave"`), 204)
	var groups []Group
	r.read("/sim/groups", &groups)
	want := []Member{
		{ID: "alice", Role: Owner, NameCard: "Alice", Offline: true}, {ID: "bob", Role: Ordinary},
		{ID: "carol", Role: Ordinary, Muted: start.Add(time.Minute)}, {ID: "erin", Role: Admin, NameCard: "Erin"},
	}
	if len(groups) != 2 || fmt.Sprint(groups[0].Members) != fmt.Sprint(want) || groups[1].Type != "Private" {
		t.Errorf("got %+v", groups)
	}
	r.change("/sim/destroy", `{"group":"team"}`, 204)
	if len(r.sim.Groups()) != 1 {
		t.Error("the group is still there")
	}
	for path, body := range map[string]string{
		"/sim/join":   `{"group":"nowhere","user":"x"}`,
		"/sim/role":   group(`,"user":"alice","rolle":"Admin"`),
		"/sim/mute":   group(`,"user":"bob","for":"long"`),
		"/sim/online": `{"user":"alice"}`,
		"/sim/speak":  group(`,"user":"bob"`),
		"/sim/groups": `{"id":"y","type":"Club"}`,
		"/sim/modes":  `{"empty_list":"maybe"}`,
		"/sim/faults": `{"kind":"slow","delay":"soon"}`,
		"/sim/clock":  `nonsense`,
	} {
		r.change(path, body, 400)
	}
}

func TestOracleIsReadOverHTTP(t *testing.T) {
	r := newRig(t)
	must(t, r.sim.Join(room, Member{ID: "@RBT#001"}))
	r.send(message(1, fieldSet{"To_Account": []string{"@RBT#001"}}))
	r.change("/sim/speak", `{"group":"`+room+`","user":"carol","text":"hello"}`, 204)
	var boxes map[string]Inbox
	r.read("/sim/inboxes", &boxes)
	if boxes["@RBT#001"].Targeted != 1 || boxes["dave"].Targeted != 0 || boxes["dave"].Broadcast != 1 {
		t.Errorf("got %+v", boxes)
	}
	var box Inbox
	r.read("/sim/inbox/"+url.PathEscape("@RBT#001"), &box)
	if len(box.Messages) != 2 || box.Messages[0].Reason != Targeted || box.Messages[1].Text != "hello" {
		t.Errorf("got %+v", box)
	}
	if status, _ := r.do(http.MethodGet, "/sim/inbox/nobody", "", ""); status != http.StatusNotFound {
		t.Errorf("nobody's inbox answered %d", status)
	}
	var messages []Message
	r.read("/sim/messages", &messages)
	var calls callsShown
	r.read("/sim/calls", &calls)
	if len(messages) != 2 || calls.Counts["send_group_msg"].Effects != 1 || len(calls.Calls) != 1 {
		t.Errorf("got %d messages, %+v", len(messages), calls)
	}
}

func TestFaultsModesAndClockOverHTTP(t *testing.T) {
	r := newRig(t)
	r.change("/sim/faults", `{"api":"send_group_msg","kind":"code","code":10002,"when":"after","count":1}`, 204)
	r.change("/sim/faults", `{"kind":"slow","delay":"4s","probability":0.1}`, 204)
	r.wantCode(r.send(message(1, nil)), 10002)
	r.wantSeen(1, staff, Targeted)
	var faults []jsonFault
	r.read("/sim/faults", &faults)
	if len(faults) != 1 || faults[0].Delay != "4s" || faults[0].Probability != 0.1 || faults[0].When != Before {
		t.Errorf("got %+v", faults)
	}
	if status, _ := r.do(http.MethodDelete, "/sim/faults", "", ""); status != 204 || len(r.sim.Faults()) != 0 {
		t.Error("the faults are still in force")
	}
	r.change("/sim/modes", `{"empty_list":"10004"}`, 204)
	r.change("/sim/modes", `{"odd_list":"10004"}`, 204)
	var modes modesShown
	r.read("/sim/modes", &modes)
	if modes.Modes.EmptyList != "10004" || modes.Modes.OddList != "10004" || modes.Choices["long_list"][0] != "10005" {
		t.Errorf("got %+v", modes)
	}
	r.change("/sim/clock", `{"advance":"10m"}`, 204)
	var now clockShown
	r.read("/sim/clock", &now)
	if !now.Now.Equal(start.Add(10 * time.Minute)) {
		t.Errorf("the clock says %v", now.Now)
	}
}

func TestOtherWebPagesAreKeptOut(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Hosts = []string{"sim.internal"} })
	const speak = `{"group":"` + room + `","user":"carol","text":"hi"}`
	tests := []struct {
		name, method, path string
		header             []string
		want               int
	}{
		{"no Origin, as curl", "POST", "/sim/speak", nil, 204},
		{"its own Origin", "POST", "/sim/speak", []string{"Origin", r.server.URL}, 204},
		{"another Origin", "POST", "/sim/speak", []string{"Origin", "https://example.org"}, 403},
		{"Origin null", "POST", "/sim/speak", []string{"Origin", "null"}, 403},
		{"another site, by the browser's word", "POST", "/sim/speak", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a name that was made to point here", "GET", "/sim/inboxes", []string{"Host", "rebound.example.org"}, 403},
		{"that name on the page", "GET", "/", []string{"Host", "rebound.example.org:80"}, 403},
		{"localhost", "GET", "/sim/inboxes", []string{"Host", "localhost:8080"}, 200},
		{"loopback of IPv6", "GET", "/sim/inboxes", []string{"Host", "[::1]:8080"}, 200},
		{"a name that was allowed", "GET", "/sim/inboxes", []string{"Host", "sim.internal:8080"}, 200},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s: %d", tt.name, tt.want), func(t *testing.T) {
			body := ""
			if tt.method == "POST" {
				body = speak
			}
			if status, text := r.do(tt.method, tt.path, "application/json", body, tt.header...); status != tt.want {
				t.Errorf("got %d %s", status, text)
			}
		})
	}
	if n := len(r.sim.Messages()); n != 2 {
		t.Errorf("%d messages took effect, want the 2 that were allowed", n)
	}
}

func TestSpeak(t *testing.T) {
	r := newRig(t)
	must(t, r.sim.Speak(room, "carol", "hello"))
	if got := r.sim.Messages(); got[0].From != "carol" || got[0].Reason != Broadcast || len(got[0].Recipients) != 4 {
		t.Errorf("got %+v", got)
	}
	must(t, r.sim.Mute(room, "carol", time.Minute))
	for _, err := range []error{
		r.sim.Speak(room, "carol", "muted"), r.sim.Speak(room, "quizbot", "no member"), r.sim.Speak("nowhere", "carol", "x"),
		r.sim.Speak(room, "dave", ""), r.sim.Speak(room, "dave", strings.Repeat("x", 13000)),
	} {
		if err == nil {
			t.Error("spoke against the rules")
		}
	}
	if n := len(r.sim.Messages()); n != 1 {
		t.Errorf("%d messages took effect", n)
	}
}

func TestPageShowsWhatEachMemberReceived(t *testing.T) {
	r := newRig(t)
	must(t, r.sim.AddGroup(Group{ID: "team", Type: "Work", Members: []Member{{ID: "zoe"}}}))
	r.send(message(1, nil))
	must(t, r.sim.Speak(room, "carol", `<b>"hello"</b>`))
	r.send(message(2, fieldSet{"GroupAtInfo": []fieldSet{{"GroupAtAllFlag": 1}}, "MsgBody": textElements("spilt")}))
	_, page := r.do(http.MethodGet, "/", "", "")
	columns := map[string]string{}
	for _, part := range strings.Split(page, `data-member="`)[1:] {
		member, rest, _ := strings.Cut(part, `"`)
		columns[member] = rest
	}
	for member, text := range columns {
		targeted := strings.Contains(text, "carol answered: B") && strings.Contains(text, "only 2 people see this: Alice, bob")
		if targeted != (member == "alice" || member == "bob") {
			t.Errorf("%s sees the answer: %v", member, targeted)
		}
		for _, want := range []string{"&lt;b&gt;&#34;hello&#34;&lt;/b&gt;", `data-seq="2"`, "meant for 2, seen by everybody"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not see %s", member, want)
			}
		}
	}
	if len(columns) != 4 || strings.Contains(page, "<b>\"hello") || strings.Contains(page, `data-member="zoe"`) {
		t.Errorf("%d columns", len(columns))
	}
	_, team := r.do(http.MethodGet, "/?group=team", "", "")
	if !strings.Contains(team, `data-member="zoe"`) || !strings.Contains(team, "nothing yet") || strings.Contains(team, `data-member="carol"`) {
		t.Error("the other group's page is wrong")
	}
}

func TestPageLoadsOnlyItsOwnFiles(t *testing.T) {
	r := newRig(t)
	resp, err := r.server.Client().Get(r.server.URL + "/")
	must(t, err)
	defer resp.Body.Close()
	var page bytes.Buffer
	_, err = page.ReadFrom(resp.Body)
	must(t, err)
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	for _, bad := range []string{" style=", "<style", " onclick", "javascript:", "https://"} {
		if strings.Contains(page.String(), bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, file := range []string{"sim.css", "sim.js", "write.js", "icon.svg"} {
		if status, body := r.do(http.MethodGet, "/sim/assets/"+file, "", ""); status != 200 || body == "" || !strings.Contains(page.String(), file) {
			t.Errorf("%s answered %d", file, status)
		}
	}
	if status, _ := r.do(http.MethodGet, "/sim/assets/page.html", "", ""); status != 404 {
		t.Errorf("a template is served: %d", status)
	}
}

func TestFormsWorkWithoutScripts(t *testing.T) {
	r := newRig(t)
	form := url.Values{"group": {room}, "user": {"bob"}, "role": {"Member"}}.Encode()
	status, _ := r.do(http.MethodPost, "/sim/role", "application/x-www-form-urlencoded", form, "Accept", "text/html")
	if status != http.StatusSeeOther || r.sim.Groups()[0].Members[1].Role != Ordinary {
		t.Errorf("answered %d", status)
	}
	form = url.Values{"user": {"bob"}, "online": {"false"}}.Encode()
	if status, _ := r.do(http.MethodPost, "/sim/online", "application/x-www-form-urlencoded", form); status != 204 || !r.sim.Groups()[0].Members[1].Offline {
		t.Errorf("answered %d", status)
	}
}

// follow opens the stream and returns its lines and what ends it.
func (r *rig) follow(path string, header ...string) (*bufio.Scanner, func()) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.server.URL+path, nil)
	must(r.t, err)
	if len(header) == 2 {
		req.Header.Set(header[0], header[1])
	}
	resp, err := r.server.Client().Do(req) //nolint:bodyclose // the caller does, by what is returned
	must(r.t, err)
	return bufio.NewScanner(resp.Body), func() { _ = resp.Body.Close() }
}

// next returns the next event's id, name and data.
func (r *rig) next(lines *bufio.Scanner) map[string]string {
	r.t.Helper()
	event := map[string]string{}
	for lines.Scan() {
		if lines.Text() == "" && event["event"] != "" {
			return event
		}
		if name, value, ok := strings.Cut(lines.Text(), ": "); ok {
			event[name] = value
		}
	}
	return nil
}

func TestStream(t *testing.T) {
	r := newRig(t)
	r.send(message(1, nil))
	r.send(message(2, nil))
	lines, end := r.follow("/sim/stream?after=1")
	defer end()
	if e := r.next(lines); e["id"] != "2" || e["event"] != "message" {
		t.Fatalf("got %v", e)
	}
	r.send(message(3, fieldSet{"From_Account": "carol"}))
	e := r.next(lines)
	var got live
	must(t, json.Unmarshal([]byte(e["data"]), &got))
	if got.Message.Random != 3 || !strings.Contains(got.HTML, `data-from="carol"`) || !strings.Contains(got.HTML, "only 2 people see this") {
		t.Errorf("got %+v", got)
	}
	must(t, r.sim.SetRole(room, "bob", Ordinary))
	if e := r.next(lines); e["event"] != "world" {
		t.Errorf("got %v", e)
	}
	t.Run("a page that comes back gets what it missed", func(t *testing.T) {
		again, end := r.follow("/sim/stream?after=0", "Last-Event-ID", "2")
		defer end()
		if e := r.next(again); e["id"] != "3" {
			t.Errorf("got %v", e)
		}
	})
	t.Run("Close ends it", func(t *testing.T) {
		r.sim.Close()
		if e := r.next(lines); e != nil {
			t.Errorf("got %v", e)
		}
	})
}

func TestStreamTellsAMessageOnce(t *testing.T) {
	r := newRig(t)
	w := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/sim/stream", nil), w)
	for _, m := range []signal{&Message{ID: 4, Group: room}, &Message{ID: 5, Group: room}, nil} {
		must(t, r.sim.writeSignal(c, m, 4)) // 4 was told when the page came back
	}
	if got := w.Body.String(); strings.Contains(got, "id: 4") || !strings.Contains(got, "id: 5") || !strings.Contains(got, "event: world") {
		t.Errorf("told %s", got)
	}
}

func TestStreamCutsOffWhoLags(t *testing.T) {
	var h hub
	slow, quick := h.subscribe(), h.subscribe()
	for i := range maxSignals + 1 {
		h.publish(&Message{ID: uint64(i)})
		<-quick
	}
	h.unsubscribe(quick)
	var n int
	for range slow {
		n++
	}
	if n != maxSignals || len(h.pages) != 0 {
		t.Errorf("got %d before the end, %d pages left", n, len(h.pages))
	}
}
