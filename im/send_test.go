package im

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// everyElement is one element of each kind.
func everyElement() []chat.Element {
	return []chat.Element{
		{Text: &chat.Text{Text: "Round 3 is <open> & on"}},
		{Face: &chat.Face{Index: 2, Data: "star"}},
		{Location: &chat.Location{Description: "Hall B", Latitude: 48.1372, Longitude: 11.5755}},
		{Custom: &chat.Custom{Data: `{"v":1}`}},
		{Image: &chat.Image{UUID: "41d8", Format: chat.PNG, Sizes: []chat.ImageSize{
			{Kind: 1, Bytes: 90210, Width: 1200, Height: 800, URL: "https://cdn.example.org/i1"},
		}}},
		{File: &chat.File{URL: "https://cdn.example.org/f1", UUID: "c4ca", Name: "results.csv", Bytes: 51200}},
	}
}

func TestATargetedMessageInTheServicesWords(t *testing.T) {
	s := say(t, okSent)
	c := newClient(t, testConfig(t, s.URL))
	m := targeted(t)
	m.Body = everyElement()
	m.Priority = chat.High
	sent, err := c.Send(t.Context(), prepare(t, c, m))
	if err != nil {
		t.Fatal(err)
	}
	if sent.Seq != 42 || !sent.Time.Equal(time.Unix(1767225600, 0)) {
		t.Errorf("answered %+v", sent)
	}
	const want = `{"GroupId":"@TGS#2QUIZROOM1","Random":3735928559,"From_Account":"quizbot",` +
		`"To_Account":["alice_owner","bob_admin"],"MsgPriority":"High",` +
		`"ForbidCallbackControl":["ForbidBeforeSendMsgCallback","ForbidAfterSendMsgCallback"],"MsgBody":[` +
		`{"MsgType":"TIMTextElem","MsgContent":{"Text":"Round 3 is <open> & on"}},` +
		`{"MsgType":"TIMFaceElem","MsgContent":{"Index":2,"Data":"star"}},` +
		`{"MsgType":"TIMLocationElem","MsgContent":{"Desc":"Hall B","Latitude":48.1372,"Longitude":11.5755}},` +
		`{"MsgType":"TIMCustomElem","MsgContent":{"Data":"{\"v\":1}","Desc":"","Ext":"","Sound":""}},` +
		`{"MsgType":"TIMImageElem","MsgContent":{"UUID":"41d8","ImageFormat":3,"ImageInfoArray":[` +
		`{"Type":1,"Size":90210,"Width":1200,"Height":800,"URL":"https://cdn.example.org/i1"}]}},` +
		`{"MsgType":"TIMFileElem","MsgContent":{"Url":"https://cdn.example.org/f1","UUID":"c4ca","FileSize":51200,"FileName":"results.csv","Download_Flag":2}}],` +
		`"CloudCustomData":"{\"botd\":1}","OfflinePushInfo":{"PushFlag":1}}`
	call := s.seen()[0]
	if diff := cmp.Diff(want, call.raw); diff != "" {
		t.Errorf("the request (-want +got):\n%s", diff)
	}
	if call.api != "/v4/group_open_http_svc/send_group_msg" {
		t.Errorf("it went to %s", call.api)
	}
	checkQuery(t, call.query)
}

func checkQuery(t *testing.T, q map[string][]string) {
	t.Helper()
	for name, want := range map[string]string{"sdkappid": "1400001001", "identifier": "administrator", "contenttype": "json"} {
		if len(q[name]) != 1 || q[name][0] != want {
			t.Errorf("%s is %q, want %s", name, q[name], want)
		}
	}
	if len(q) != 5 || len(q["random"]) != 1 {
		t.Errorf("the query has %d parameters: %d random", len(q), len(q["random"]))
	}
	if _, err := CheckUserSig(q["usersig"][0], testApp, "administrator", mustKey(t, key1), time.Now()); err != nil {
		t.Error(err)
	}
}

func TestMessagesThatAreNotPrepared(t *testing.T) {
	c := newClient(t, testConfig(t, "http://127.0.0.1:1"))
	many := make([]chat.UserID, 51)
	for i := range many {
		many[i] = chat.UserID(strings.Repeat("u", 1+i%30) + string(rune('A'+i)))
	}
	for name, change := range map[string]func(*Targeted){
		"no recipients":              func(m *Targeted) { m.To = chat.Recipients{} },
		"51 recipients":              func(m *Targeted) { m.To = to(t, many...) },
		"no group":                   func(m *Targeted) { m.Group = "" },
		"a Community by its id":      func(m *Targeted) { m.Group = "@TGS#_abc" },
		"a Community by its type":    func(m *Targeted) { m.Type = chat.Community },
		"an AVChatRoom":              func(m *Targeted) { m.Type = chat.AVChatRoom },
		"a group of unknown type":    func(m *Targeted) { m.Type = "" },
		"a type in another spelling": func(m *Targeted) { m.Type = "Private" },
		"no sender":                  func(m *Targeted) { m.From = "" },
		"no Random":                  func(m *Targeted) { m.Random = 0 },
		"no body":                    func(m *Targeted) { m.Body = nil },
		"an element of nothing":      func(m *Targeted) { m.Body = []chat.Element{{}} },
		"two custom elements": func(m *Targeted) {
			m.Body = []chat.Element{{Custom: &chat.Custom{Data: "a"}}, {Custom: &chat.Custom{Data: "b"}}}
		},
		"an unknown priority":  func(m *Targeted) { m.Priority = "Urgent" },
		"a push text too long": func(m *Targeted) { m.Push = PushText(strings.Repeat("a", 3001)) },
		"a text that is too long": func(m *Targeted) {
			m.Body = []chat.Element{{Text: &chat.Text{Text: strings.Repeat("a", MaxMessage)}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := targeted(t)
			change(&m)
			p, err := c.Prepare(m)
			wantClass(t, err, Permanent)
			if p.Digest() != "" {
				t.Error("it was prepared all the same")
			}
			_, err = c.Send(t.Context(), p)
			if wantClass(t, err, Permanent); !errors.Is(err, ErrGuard) {
				t.Errorf("sending it: %v", err)
			}
		})
	}
}

func TestSizeIsMeasuredOnWhatIsSent(t *testing.T) {
	c := newClient(t, testConfig(t, "http://127.0.0.1:1"))
	m := targeted(t)
	frame := len(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":""}}]`) + len(mark)
	m.Body = []chat.Element{{Text: &chat.Text{Text: strings.Repeat("<", MaxMessage-frame)}}}
	prepare(t, c, m)
	m.Body[0].Text.Text += "<"
	_, err := c.Prepare(m)
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte more: %v, want ErrTooLarge", err)
	}
}

func TestTheLargestMessageForTheMostRecipientsPasses(t *testing.T) {
	s := say(t, okSent)
	c := newClient(t, testConfig(t, s.URL))
	m := targeted(t)
	var ids []chat.UserID
	for i := range chat.MaxRecipients {
		ids = append(ids, chat.UserID(strings.Repeat("<", 30)+string(rune('a'+i%26))+string(rune('a'+i/26))))
	}
	m.To = to(t, ids...)
	frame := len(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":""}}]`) + len(mark)
	m.Body = []chat.Element{{Text: &chat.Text{Text: strings.Repeat("&", MaxMessage-frame)}}}
	m.Push = PushText(strings.Repeat("p", maxPush))
	if _, err := c.Send(t.Context(), prepare(t, c, m)); err != nil {
		t.Fatal(err)
	}
	if got := len(s.seen()[0].body["To_Account"].([]any)); got != chat.MaxRecipients {
		t.Errorf("named %d", got)
	}
}

func TestAnswersToAMessage(t *testing.T) {
	html := "<html><head><title>502 Bad Gateway</title></head></html>"
	for name, c := range map[string]struct {
		answer string
		status int
		class  Class
		scope  Scope
	}{
		"accepted": {okSent, 200, "", ""},
		"accepted, with nothing but an ErrorCode":    {`{"ErrorCode":0}`, 200, "", ""},
		"accepted, with fields of other types":       {`{"ErrorCode":0,"ErrorInfo":7,"MsgSeq":"x","MsgTime":-1}`, 200, "", ""},
		"accepted, with an empty MsgDropReason":      {`{"ActionStatus":"OK","ErrorCode":0,"MsgDropReason":""}`, 200, "", ""},
		"accepted and thrown away":                   {`{"ActionStatus":"OK","ErrorCode":0,"MsgDropReason":"MsgFreqCtrl"}`, 200, Rate, ScopeGroup},
		"thrown away for a reason unheard of":        {`{"ActionStatus":"OK","ErrorCode":0,"MsgDropReason":"Other"}`, 200, Rate, ScopeGroup},
		"thrown away, perhaps":                       {`{"ActionStatus":"OK","ErrorCode":0,"MsgDropReason":1}`, 200, Unclear, ""},
		"too many in the group":                      {fail(10023), 200, Rate, ScopeGroup},
		"too many calls of this API":                 {fail(60007), 200, Rate, ScopeAPI},
		"too many calls at all":                      {fail(60011), 200, Rate, ScopeApp},
		"internal error":                             {fail(10002), 200, Unclear, ""},
		"the callback failed":                        {fail(80003), 200, Retry, ""},
		"invalid":                                    {fail(10004), 200, Permanent, ""},
		"not licensed":                               {fail(10059), 200, Configuration, ""},
		"a code unheard of":                          {fail(98765), 200, Permanent, ""},
		"a failure that says OK":                     {`{"ActionStatus":"OK","ErrorCode":10004}`, 200, Permanent, ""},
		"success that says FAIL":                     {`{"ActionStatus":"FAIL","ErrorCode":0}`, 200, Unclear, ""},
		"success that says SomeError":                {`{"ActionStatus":"SomeError","ErrorCode":0}`, 200, Unclear, ""},
		"no ErrorCode":                               {`{"ActionStatus":"OK"}`, 200, Unclear, ""},
		"an ErrorCode in another spelling":           {`{"ActionStatus":"OK","errorcode":0}`, 200, Unclear, ""},
		"an ErrorCode that is a string":              {`{"ErrorCode":"0"}`, 200, Unclear, ""},
		"an ErrorCode that is null":                  {`{"ErrorCode":null}`, 200, Unclear, ""},
		"an empty object":                            {`{}`, 200, Unclear, ""},
		"an empty answer":                            {``, 200, Unclear, ""},
		"null":                                       {`null`, 200, Unclear, ""},
		"an array":                                   {`[{"ErrorCode":0}]`, 200, Unclear, ""},
		"half an answer":                             {okSent[:40], 200, Unclear, ""},
		"more than an answer":                        {okSent + okSent, 200, Unclear, ""},
		"a page of a gateway with status 200":        {html, 200, Unclear, ""},
		"a page of a gateway":                        {html, 502, Unclear, ""},
		"a gateway that answers as the service does": {okSent, 503, Unclear, ""},
		"status 201":                                 {okSent, 201, Unclear, ""},
		"status 204":                                 {``, 204, Unclear, ""},
		"status 429":                                 {html, 429, Rate, ScopeAPI},
		"status 403":                                 {html, 403, Configuration, ""},
		"status 404":                                 {html, 404, Unclear, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int, _ seen) {
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.answer)
			})
			client := newClient(t, testConfig(t, s.URL))
			_, err := client.Send(t.Context(), prepare(t, client, targeted(t)))
			if n := len(s.seen()); n != 1 {
				t.Fatalf("called %d times, want once", n)
			}
			if c.class == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			e := wantClass(t, err, c.class)
			if e.Scope != c.scope {
				t.Errorf("its scope is %q, want %q", e.Scope, c.scope)
			}
			if MayBeDone(err) != (c.class == Unclear) {
				t.Errorf("MayBeDone is %v for %s", MayBeDone(err), c.class)
			}
			if c.class == Rate && e.Wait < time.Second {
				t.Errorf("waits %s, want a second at least", e.Wait)
			}
		})
	}
}

func TestPushesShowAFixedTextOrNothing(t *testing.T) {
	s := say(t, okSent)
	c := newClient(t, testConfig(t, s.URL))
	m := targeted(t)
	m.Push = PushText("Something new in your group")
	if _, err := c.Send(t.Context(), prepare(t, c, m)); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(s.seen()[0].body["OfflinePushInfo"])
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != `{"Desc":"Something new in your group","PushFlag":0}` {
		t.Errorf("pushes %s", got)
	}
}

func TestTheSizeIsThatOfTheElementsWhateverTheySay(t *testing.T) {
	for name, text := range map[string]string{
		"plain":                  "hello",
		"the names around it":    `,"CloudCustomData":"x","MsgBody":[]`,
		"with their escapes too": `,\"CloudCustomData\":`,
	} {
		t.Run(name, func(t *testing.T) {
			m := targeted(t)
			m.Body = append(everyElement(), chat.Element{Text: &chat.Text{Text: text}})
			list, err := elements(m.Body)
			if err != nil {
				t.Fatal(err)
			}
			want, err := encode(list)
			if err != nil {
				t.Fatal(err)
			}
			body, err := m.encode()
			if err != nil || !bytes.Equal(elementsIn(body), want) {
				t.Errorf("found %s, %v; want %s", elementsIn(body), err, want)
			}
		})
	}
}
