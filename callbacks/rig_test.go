package callbacks

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	token = "botd-callback-token"
	path  = "/callbacks/tencent/9f8e7d6c5b4a"
	room1 = chat.GroupID("@TGS#2QUIZROOM1")
)

// told is one call of a sink.
type told struct {
	callback Callback
	rules    []Rule
	by       time.Time
}

// kept is a sink that remembers, and does with what is held what it is told to.
type kept struct {
	mu      sync.Mutex
	held    []told
	taken   []told
	changed []chat.GroupID
	shown   []uint32
	hold    func(context.Context, Callback) error // nil: it is kept
	take    func() error
}

func (k *kept) Hold(ctx context.Context, c Callback, rules []Rule, by time.Time) error {
	if k.hold != nil {
		if err := k.hold(ctx, c); err != nil {
			return err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = append(k.held, told{c, rules, by})
	return nil
}

func (k *kept) Take(_ context.Context, c Callback, rules []Rule) error {
	if k.take != nil {
		return k.take()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.taken = append(k.taken, told{callback: c, rules: rules})
	return nil
}

func (k *kept) Changed(_ chat.AppName, g chat.GroupID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changed = append(k.changed, g)
}

func (k *kept) Shown(_ chat.AppName, _ chat.GroupID, seq uint32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.shown = append(k.shown, seq)
}

// stage is a receiver with what is around it.
type stage struct {
	*Receiver
	sink *kept
	log  *lines
	saw  *seen
	now  time.Time // the zero value is the real time
}

// lines is a log. Some of it is told from timers.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *lines) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Reset()
}

// seen counts what was observed, by kind and word.
type seen struct {
	mu sync.Mutex
	n  map[string]int
}

func (s *seen) add(kind string, word any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n[fmt.Sprintf("%s %v", kind, word)]++
}

func (s *seen) of(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n[what]
}

func (s *seen) observe() Observe {
	return Observe{
		Answered: func(_ chat.AppName, command string, o Outcome, _ time.Duration) {
			s.add("answered", command+" "+string(o))
		},
		Judged:  func(r Rule, o Outcome) { s.add("judged", string(r.Trigger)+" "+string(o)) },
		Refused: func(_ chat.AppName, why Reason, _ string) { s.add("refused", why) },
		Ignored: func(_ chat.AppName, g Guard) { s.add("ignored", g) },
		Capped:  func(_ chat.AppName, c Cap) { s.add("capped", c) },
	}
}

func app() App {
	return App{Name: "main", SDKAppID: 1400000001, Administrator: "administrator", Accounts: []chat.UserID{"quizbot", "@RBT#001"}, Path: path, Tokens: []string{token}}
}

// holding is the rule of the picture that sells botd.
func holding() Rule {
	return Rule{App: "main", Bot: "quiz", Trigger: "typed", Account: "quizbot", Groups: []chat.GroupID{room1},
		Via: chat.ViaGroup, Commands: []string{"answer"}, Hold: true, Again: "Please write your answer again."}
}

// rule is another one of the bot.
func rule(name chat.TriggerName, change func(*Rule)) Rule {
	r := Rule{App: "main", Bot: "quiz", Trigger: name, Account: "quizbot", Groups: []chat.GroupID{room1}}
	change(&r)
	return r
}

func open(name chat.TriggerName, commands ...string) Rule {
	return rule(name, func(r *Rule) { r.Via, r.Commands = chat.ViaGroup, commands })
}

// roles are those of the members of the room.
var roles = map[chat.UserID]chat.Role{"alice": chat.Owner, "bob": chat.Admin, "carol": chat.Normal, "dave": chat.Normal}

func newStage(t *testing.T, rules ...Rule) *stage {
	t.Helper()
	return stageOf(t, []App{app()}, Options{}, rules...)
}

func stageOf(t *testing.T, apps []App, o Options, rules ...Rule) *stage {
	t.Helper()
	s := &stage{sink: &kept{}, log: &lines{}, saw: &seen{n: map[string]int{}}}
	o.Sink, o.Observe, o.Log = s.sink, s.saw.observe(), slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if o.Now == nil {
		o.Now = func() time.Time {
			if s.now.IsZero() {
				return time.Now()
			}
			return s.now
		}
	}
	o.Roles = func(_ chat.AppName, g chat.GroupID, u chat.UserID) (chat.Role, bool) {
		role, ok := roles[u]
		return role, ok && g == room1
	}
	r, err := New(apps, rules, o)
	if err != nil {
		t.Fatal(err)
	}
	s.Receiver = r
	t.Cleanup(r.Close)
	return s
}

// said is a callback about a message of the room.
func said(command, from, text string, more ...any) map[string]any {
	b := map[string]any{
		"CallbackCommand": command, "GroupId": room1, "Type": "Public", "From_Account": from, "Operator_Account": from, "Random": 77,
		"MsgBody": []any{textOf(text)}, "CloudCustomData": "", "OnlineOnlyFlag": 0, "EventTime": 1767225590123,
	}
	if command != BeforeGroupMessage {
		b["MsgSeq"], b["MsgTime"] = 41, 1767225590
	}
	for i := 0; i < len(more); i += 2 {
		b[more[i].(string)] = more[i+1]
	}
	return b
}

func textOf(text string) map[string]any {
	return map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": text}}
}

func jsonOf(v any) string { return string(encoded(v)) }

// query is that of a callback of the service's, signed now.
func (s *stage) query(command string) url.Values {
	at := fmt.Sprint(s.options.Now().Unix())
	return url.Values{"SdkAppid": {"1400000001"}, "CallbackCommand": {command}, "contenttype": {"json"}, "ClientIP": {"198.51.100.4"},
		"OptPlatform": {"iOS"}, "Sign": {Sign(token, at)}, "RequestTime": {at}}
}

// post sends a body as it is.
func (s *stage) post(query url.Values, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, path+"?"+query.Encode(), strings.NewReader(body))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	return w
}

// tell sends a callback of the service's, and has what it is answered.
func (s *stage) tell(body map[string]any, query ...string) string {
	q := s.query(body["CallbackCommand"].(string))
	for i := 0; i < len(query); i += 2 {
		q.Set(query[i], query[i+1])
	}
	w := s.post(q, jsonOf(body))
	if w.Code != http.StatusOK {
		return fmt.Sprintf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

const (
	okAnswer      = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`
	discardAnswer = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":2}`
	againAnswer   = `{"ActionStatus":"OK","ErrorInfo":"Please write your answer again.","ErrorCode":10101}`
)

func (s *stage) want(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("answered %s, want %s\n%s", got, want, s.log)
	}
}

// names are those of the triggers whose rules a sink was given.
func (t told) names() string {
	var list []string
	for _, r := range t.rules {
		list = append(list, string(r.Trigger))
	}
	return strings.Join(list, " ")
}
