package simulator

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	appID = 1400001001
	key   = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
	room  = "@TGS#2QUIZROOM1"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// rig is a simulator behind a real server, with a class room in it: alice owns
// it, bob is an admin, carol and dave are members.
type rig struct {
	t      *testing.T
	sim    *Simulator
	clock  *clockwork.FakeClock
	server *httptest.Server
}

func newRig(t *testing.T, edits ...func(*Options)) *rig {
	t.Helper()
	clock := clockwork.NewFakeClockAt(start)
	o := Options{SDKAppID: appID, SecretKey: key, Clock: clock, Seed: 7}
	for _, edit := range edits {
		edit(&o)
	}
	sim, err := New(o)
	must(t, err)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() { sim.Close(); server.Close() })
	must(t, sim.AddAccount("quizbot"))
	must(t, sim.AddGroup(classRoom(room, "Public")))
	return &rig{t: t, sim: sim, clock: clock, server: server}
}

func classRoom(id, kind string) Group {
	g := Group{ID: id, Type: kind, Name: "Class", Members: []Member{
		{ID: "alice", Role: Owner, NameCard: "Alice"}, {ID: "bob", Role: Admin}, {ID: "carol"}, {ID: "dave"},
	}}
	if kind == "Work" || kind == "AVChatRoom" {
		g.Members[1].Role = Ordinary
	}
	return g
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// in sets modes; it is one of newRig's edits.
func in(m Modes) func(*Options) { return func(o *Options) { o.Modes = m } }

// sign makes a UserSig, for the tests alone.
func sign(secret []byte, identifier string, app int, at time.Time, expire int, level int) string {
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "TLS.identifier:%s\nTLS.sdkappid:%d\nTLS.time:%d\nTLS.expire:%d\n", identifier, app, at.Unix(), expire)
	return pack(map[string]any{
		"TLS.ver": "2.0", "TLS.identifier": identifier, "TLS.sdkappid": app, "TLS.time": at.Unix(),
		"TLS.expire": expire, "TLS.sig": base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	}, level)
}

func pack(ticket map[string]any, level int) string {
	text, _ := json.Marshal(ticket)
	var packed bytes.Buffer
	w, _ := zlib.NewWriterLevel(&packed, level)
	_, _ = w.Write(append(text, '\n'))
	_ = w.Close()
	return strings.NewReplacer("+", "*", "/", "-", "=", "_").Replace(base64.StdEncoding.EncodeToString(packed.Bytes()))
}

func (r *rig) query() url.Values {
	return url.Values{
		"sdkappid": {fmt.Sprint(appID)}, "identifier": {"administrator"}, "random": {"99999999"}, "contenttype": {"json"},
		"usersig": {sign([]byte(key), "administrator", appID, start, 86400*30, 6)},
	}
}

// answer is any answer of the REST API.
type answer struct {
	ActionStatus  string
	ErrorCode     int
	ErrorInfo     string
	MsgSeq        uint32
	MsgTime       int64
	MsgDropReason string
	MemberNum     int
	MemberList    []struct{ Member_Account, Role string } //nolint:revive // the service's spelling
	UserIdList    []struct{ Member_Account, Role string } //nolint:revive // the service's spelling
	GroupIdList   []struct{ GroupId string }              //nolint:revive // the service's spelling
	GroupInfo     []map[string]any
	TotalCount    int
	Next          json.RawMessage
	MsgKey        string
	Robot_Account []string //nolint:revive // the service's spelling
	IPList        []string
	QueryResult   []map[string]any
	ErrorList     []struct {
		Account   string `json:"To_Account"`
		ErrorCode int
	}
}

// ask posts a body to a path under /v4/ and demands status 200.
func (r *rig) ask(path string, q url.Values, body string) answer {
	r.t.Helper()
	resp, err := r.server.Client().Post(r.server.URL+"/v4/"+path+"?"+q.Encode(), "application/json", strings.NewReader(body))
	must(r.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(r.t, err)
	if resp.StatusCode != http.StatusOK {
		r.t.Fatalf("%s answered status %d", path, resp.StatusCode)
	}
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		r.t.Fatalf("%s answered %q: %v", path, raw, err)
	}
	return a
}

func (r *rig) group(command, body string) answer {
	r.t.Helper()
	return r.ask(groupService+"/"+command, r.query(), body)
}

// fieldSet is a request under construction.
type fieldSet map[string]any

// message is a targeted message to alice and bob; edits change it, a nil value
// removes a field.
func message(random int, edits fieldSet) fieldSet {
	m := fieldSet{
		"GroupId": room, "Random": random, "From_Account": "quizbot", "To_Account": []string{"alice", "bob"},
		"MsgBody": textElements("carol answered: B"),
	}
	for k, v := range edits {
		if v == nil {
			delete(m, k)
			continue
		}
		m[k] = v
	}
	return m
}

func textElements(text string) []fieldSet {
	return []fieldSet{{"MsgType": "TIMTextElem", "MsgContent": fieldSet{"Text": text}}}
}

func (r *rig) send(m fieldSet) answer {
	r.t.Helper()
	body, err := json.Marshal(m)
	must(r.t, err)
	return r.group("send_group_msg", string(body))
}

// seenBy lists who received the newest message with this Random, and why.
func (r *rig) seenBy(random int) (who []string, reason string) {
	for user, box := range r.sim.Inboxes() {
		for _, m := range box.Messages {
			if m.Random == uint32(random) {
				who, reason = append(who, user), m.Reason
			}
		}
	}
	slices.Sort(who)
	return who, reason
}

var (
	everybody = []string{"alice", "bob", "carol", "dave"}
	staff     = []string{"alice", "bob"}
)

func (r *rig) wantSeen(random int, who []string, reason string) {
	r.t.Helper()
	got, why := r.seenBy(random)
	if !slices.Equal(got, who) || why != reason {
		r.t.Errorf("message %d was seen by %v (%s), want %v (%s)", random, got, why, who, reason)
	}
}

func (r *rig) wantCode(a answer, code int) {
	r.t.Helper()
	status := "OK"
	if code != 0 {
		status = "FAIL"
	}
	if a.ErrorCode != code || a.ActionStatus != status {
		r.t.Errorf("got %d %s (%s), want %d %s", a.ErrorCode, a.ActionStatus, a.ErrorInfo, code, status)
	}
}
