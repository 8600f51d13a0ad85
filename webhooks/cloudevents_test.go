package webhooks

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/google/go-cmp/cmp"
)

const cloudEvent = `{"specversion":"1.0","id":"A1","source":"/orders","type":"com.example.paid","subject":null,"time":"2026-11-24T09:00:00Z","traceparent":"00-ab","priority":3,"data":{"n":1}}`

// reworded is cloudEvent with a part of it replaced.
func reworded(old, new string) string { return strings.Replace(cloudEvent, old, new, 1) }

func TestCloudEventsAsJSON(t *testing.T) {
	want := func() []Delivery { return []Delivery{{ID: "/orders A1", Type: "com.example.paid"}} }
	unfit := http.StatusUnprocessableEntity
	playKind(t, "cloudevents", Settings{By: "bearer", Secrets: []string{token, "canary-token-before-the-rotation"}},
		Sample{ID: "not-sent", Type: "not-sent", Body: []byte(cloudEvent)}, []sent{
			{name: "one", media: mediaCloudEvent, want: want()},
			{name: "in other letters, with a charset", media: "Application/CloudEvents+JSON; charset=UTF-8", want: want()},
			{name: "the token before the rotation", media: mediaCloudEvent, change: authorized("Bearer canary-token-before-the-rotation"), want: want()},
			{name: "headers beside it say nothing", media: mediaCloudEvent, change: set("Ce-Id", "B2"), want: want()},
			{name: "no token", media: mediaCloudEvent, change: func(r *http.Request) { r.Header.Del("Authorization") }, status: http.StatusUnauthorized},
			{name: "another token", media: mediaCloudEvent, change: authorized("Bearer " + strings.Repeat("x", 20)), status: http.StatusUnauthorized},
			{name: "a token in the address, which nobody allowed", media: mediaCloudEvent, change: func(r *http.Request) {
				r.Header.Del("Authorization")
				r.URL.RawQuery = "access_token=" + token
			}, status: http.StatusUnauthorized},
			{name: "in Avro", media: "application/cloudevents+avro", status: http.StatusUnsupportedMediaType, detail: mediaCloudEvent},
			{name: "of a type that only begins like it", media: "application/cloudevents", status: http.StatusUnsupportedMediaType},
			{name: "in another charset", media: mediaCloudEvent + "; charset=iso-8859-1", status: http.StatusUnsupportedMediaType},
			{name: "as plain JSON", status: unfit, detail: "no CloudEvent"},
			{name: "no JSON", media: mediaCloudEvent, body: "{", status: http.StatusBadRequest},
			{name: "a key twice", media: mediaCloudEvent, body: reworded(`"id":"A1"`, `"id":"A1","\u0069d":"A2"`), status: http.StatusBadRequest},
			{name: "no object", media: mediaCloudEvent, body: "[]", status: unfit, detail: "is an object"},
			{name: "null", media: mediaCloudEvent, body: "null", status: unfit, detail: "is an object"},
			{name: "no id", media: mediaCloudEvent, body: reworded(`"id":"A1",`, ""), status: unfit, detail: "id is missing or empty"},
			{name: "an empty source", media: mediaCloudEvent, body: reworded(`"/orders"`, `""`), status: unfit, detail: "source is missing or empty"},
			{name: "a source that is no URI", media: mediaCloudEvent, body: reworded(`"/orders"`, `"%zz"`), status: unfit},
			{name: "a type that is null", media: mediaCloudEvent, body: reworded(`"com.example.paid"`, "null"), status: unfit, detail: "type is missing or empty"},
			{name: "an id that is a number", media: mediaCloudEvent, body: reworded(`"A1"`, "1"), status: unfit, detail: "id is no text"},
			{name: "an older version", media: mediaCloudEvent, body: reworded(`"1.0"`, `"0.3"`), status: unfit, detail: "specversion is not 1.0"},
			{name: "a time of day", media: mediaCloudEvent, body: reworded("2026-11-24T09:00:00Z", "nine"), status: unfit, detail: "RFC 3339"},
			{name: "data twice", media: mediaCloudEvent, body: reworded(`"data"`, `"data_base64":"AA==","data"`), status: unfit, detail: "one is enough"},
			{name: "data that is no base64", media: mediaCloudEvent, body: reworded(`"data":{"n":1}`, `"data_base64":"?"`), status: unfit},
			{name: "an extension that is an object", media: mediaCloudEvent, body: reworded(`"00-ab"`, `{}`), status: unfit},
			{name: "an attribute with a dash", media: mediaCloudEvent, body: reworded("traceparent", "trace-parent"), status: unfit},
			{name: "an attribute with a capital", media: mediaCloudEvent, body: reworded("traceparent", "ID"), status: unfit},
			{name: "a schema that is no URI", media: mediaCloudEvent, body: reworded("traceparent", "dataschema"), status: unfit, detail: "dataschema"},
		})
}

func TestCloudEventsInABatch(t *testing.T) {
	second := reworded("A1", "A2")
	long := "[" + strings.Repeat(`{"specversion":"1.0","id":"i","source":"/","type":"t"},`, maxBatch) + cloudEvent + "]"
	playKind(t, "cloudevents", Settings{By: "basic", User: "ann", Secrets: []string{token}},
		Sample{Body: []byte("[" + cloudEvent + ", " + second + "]")}, []sent{
			{name: "two", media: mediaCloudBatch, detail: `{"receipts":[{`, want: []Delivery{
				{ID: "/orders A1", Type: "com.example.paid", Payload: json.RawMessage(cloudEvent)}, {ID: "/orders A2", Type: "com.example.paid", Payload: json.RawMessage(second)}}},
			{name: "one is a list as well", media: mediaCloudBatch, body: "[" + cloudEvent + "]", detail: `{"receipts":[{`, want: []Delivery{
				{ID: "/orders A1", Type: "com.example.paid", Payload: json.RawMessage(cloudEvent)}}},
			{name: "none", media: mediaCloudBatch, body: "[]", detail: `{"receipts":[]}`},
			{name: "one of them is wrong, and none is kept", media: mediaCloudBatch, body: "[" + cloudEvent + `,{"id":"A2"}]`, status: http.StatusUnprocessableEntity, detail: "event 2 of the batch: specversion is missing"},
			{name: "one of them has an extension that is none", media: mediaCloudBatch, body: "[" + reworded(`"00-ab"`, `{}`) + "]", status: http.StatusUnprocessableEntity, detail: "vent 1 of the batch"},
			{name: "no list", media: mediaCloudBatch, body: cloudEvent, status: http.StatusUnprocessableEntity, detail: "is an array"},
			{name: "too many", media: mediaCloudBatch, body: long, status: http.StatusRequestEntityTooLarge, detail: "up to 1000"},
		})
}

func TestCloudEventsInHeaders(t *testing.T) {
	base := map[string]string{"ce-specversion": "1.0", "ce-id": "A1", "ce-source": "/orders", "ce-type": "paid"}
	with := func(more ...string) func(*http.Request) {
		return func(r *http.Request) {
			for name, value := range base {
				r.Header.Set(name, value)
			}
			for i := 0; i < len(more); i += 2 {
				r.Header.Set(more[i], more[i+1])
				if more[i+1] == "" {
					r.Header.Del(more[i])
				}
			}
		}
	}
	kept := func(id, payload string) []Delivery {
		return []Delivery{{ID: id, Type: "paid", Payload: json.RawMessage(payload)}}
	}
	said := func(more string) string {
		return `{"specversion":"1.0","id":"A1","source":"/orders","type":"paid",` + more + `}`
	}
	bad, unfit := http.StatusBadRequest, http.StatusUnprocessableEntity
	playKind(t, "cloudevents", Settings{By: "bearer", Secrets: []string{token}}, Sample{Body: []byte(`{"n":1}`)}, []sent{
		{name: "JSON", change: with(), want: kept("/orders A1", said(`"datacontenttype":"application/json","data":{"n":1}`))},
		{name: "text", media: "text/plain", body: "Grüße\n", change: with(), want: kept("/orders A1", said(`"datacontenttype":"text/plain","data":"Grüße\n"`))},
		{name: "bytes", media: "image/png", body: "\x89PNG", change: with(), want: kept("/orders A1", said(`"datacontenttype":"image/png","data_base64":"iVBORw=="`))},
		{name: "what only claims to be JSON", media: "text/json", body: `{"a":1,"a":2}`, change: with(), want: kept("/orders A1", said(`"datacontenttype":"text/json","data_base64":"eyJhIjoxLCJhIjoyfQ=="`))},
		{name: "no type, and JSON", change: with("Content-Type", ""), want: kept("/orders A1", said(`"data":{"n":1}`))},
		{name: "no type, and no JSON", body: "x", change: with("Content-Type", ""), want: kept("/orders A1", said(`"data_base64":"eA=="`))},
		{name: "extensions", change: with("ce-traceparent", "00-ab", "Content-Type", ""), want: kept("/orders A1", said(`"data":{"n":1},"traceparent":"00-ab"`))},
		{name: "percent signs", change: with("ce-id", "Gr%C3%BC%C3%9Fe%20%25", "Content-Type", ""), want: kept(cloudID("/orders", "Grüße %"),
			`{"specversion":"1.0","id":"Grüße %","source":"/orders","type":"paid","data":{"n":1}}`)},
		{name: "decoded once", change: with("ce-id", "a%2541", "Content-Type", ""), want: kept("/orders a%41",
			`{"specversion":"1.0","id":"a%41","source":"/orders","type":"paid","data":{"n":1}}`)},
		{name: "quotes, as older senders write them", change: with("ce-id", `"a\"b\\"`, "Content-Type", ""), want: kept(`/orders a"b\`,
			`{"specversion":"1.0","id":"a\"b\\","source":"/orders","type":"paid","data":{"n":1}}`)},
		{name: "a time", change: with("ce-time", "2026-11-24T10:00:00+01:00", "ce-subject", "4711", "Content-Type", ""), want: kept("/orders A1",
			said(`"subject":"4711","time":"2026-11-24T09:00:00Z","data":{"n":1}`))},
		{name: "a percent sign alone", change: with("ce-id", "50%", "Content-Type", ""), want: kept("/orders 50%",
			`{"specversion":"1.0","id":"50%","source":"/orders","type":"paid","data":{"n":1}}`)},
		{name: "percent signs that come to no UTF-8", change: with("ce-id", "%ff", "Content-Type", ""), want: kept("/orders %ff",
			`{"specversion":"1.0","id":"%ff","source":"/orders","type":"paid","data":{"n":1}}`)},
		{name: "no UTF-8", change: with("ce-id", "\xff"), status: bad, detail: "UTF-8"},
		{name: "an attribute twice", change: func(r *http.Request) { with()(r); r.Header.Add("ce-id", "A2") }, status: bad, detail: "more than once"},
		{name: "data among the attributes", change: with("ce-data", "x"), status: bad, detail: "no attribute"},
		{name: "the type of the data among the attributes", change: with("ce-datacontenttype", "text/plain"), status: bad, detail: "no attribute"},
		{name: "an attribute with a dash", change: with("ce-trace-parent", "x"), status: bad, detail: "no attribute"},
		{name: "no id", change: with("ce-id", ""), status: unfit, detail: "id is missing"},
		{name: "an id of blanks", change: with("ce-id", "%20"), status: unfit, detail: "id is missing"},
		{name: "an older version", change: with("ce-specversion", "0.3"), status: unfit, detail: "specversion"},
		{name: "a time of day", change: with("ce-time", "nine"), status: unfit, detail: "RFC 3339"},
		{name: "a source that is no URI", change: with("ce-source", "%25zz"), status: unfit, detail: "source"},
		{name: "a type of data that is none", media: "image", change: with(), want: kept("/orders A1", said(`"datacontenttype":"image","data_base64":"eyJuIjoxfQ=="`))},
		{name: "JSON that is none", body: "{", change: with(), status: bad},
		{name: "two types", change: func(r *http.Request) { with()(r); r.Header.Add("Content-Type", "text/plain") }, status: http.StatusUnsupportedMediaType},
	})
}

// Where the body is signed, attributes in headers could be anybody's.
func TestSignedCloudEventsStandInTheBody(t *testing.T) {
	s := Settings{By: "hmac", Secrets: []string{hmacSecret}, HMAC: HMAC{Header: "X-Sig", Timestamp: "X-Time", Signed: "{timestamp}.{body}"}}
	playKind(t, "cloudevents", s, Sample{Body: []byte(cloudEvent)}, []sent{
		{name: "as JSON", media: mediaCloudEvent, want: []Delivery{{ID: "/orders A1", Type: "com.example.paid"}}},
		{name: "stale", media: mediaCloudEvent, at: window + 1e9, status: http.StatusUnauthorized},
		{name: "in headers", media: "text/plain", status: http.StatusUnsupportedMediaType, detail: "not under the signature"},
		{name: "without a type", change: func(r *http.Request) { r.Header.Del("Content-Type") }, status: http.StatusUnsupportedMediaType},
	})
}

func TestATokenInTheAddress(t *testing.T) {
	s := Settings{By: "bearer", Secrets: []string{token}, QueryToken: true}
	query := func(q string, header bool) func(*http.Request) {
		return func(r *http.Request) {
			r.URL.RawQuery = q
			if !header {
				r.Header.Del("Authorization")
			}
		}
	}
	want := func() []Delivery { return []Delivery{{ID: "/orders A1", Type: "com.example.paid"}} }
	no := http.StatusUnauthorized
	playKind(t, "cloudevents", s, Sample{Body: []byte(cloudEvent)}, []sent{
		{name: "right", media: mediaCloudEvent, change: query("access_token="+token, false), want: want()},
		{name: "beside another parameter", media: mediaCloudEvent, change: query("x=1&access_token="+token, false), want: want()},
		{name: "in the header after all", media: mediaCloudEvent, want: want()},
		{name: "both", media: mediaCloudEvent, change: query("access_token="+token, true), status: no},
		{name: "twice", media: mediaCloudEvent, change: query("access_token="+token+"&access_token="+token, false), status: no},
		{name: "another one", media: mediaCloudEvent, change: query("access_token=x", false), status: no},
		{name: "an empty one", media: mediaCloudEvent, change: query("access_token=", false), status: no},
		{name: "under another name", media: mediaCloudEvent, change: query("my_access_token="+token, false), status: no},
		{name: "a query that is none", media: mediaCloudEvent, change: query("access_token="+token+"&%zz", false), status: no},
	})
	for name, s := range map[string]Settings{
		"nobody proves anything":     {},
		"by a way that it has not":   {By: "github", Secrets: []string{token}},
		"without a token":            {By: "bearer"},
		"a password in the address":  {By: "basic", User: "ann", Secrets: []string{token}, QueryToken: true},
		"a signature in the address": {By: "hmac", Secrets: []string{hmacSecret}, HMAC: HMAC{Header: "X-Sig"}, QueryToken: true},
	} {
		if _, err := NewHook("h", "cloudevents", s, (&kept{}).accept); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestWhoMayAskForLeaveToPost(t *testing.T) {
	called := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the callback was called") }))
	defer called.Close()
	for _, c := range []struct {
		name    string
		origins []string
		asked   []string
		want    string
	}{
		{"one that is named", []string{"eventgrid.example.com"}, []string{"EventGrid.example.com"}, "EventGrid.example.com"},
		{"anybody", []string{"*"}, []string{"any.example.org"}, "*"},
		{"another one", []string{"eventgrid.example.com"}, []string{"example.com"}, ""},
		{"where nobody is named", nil, []string{"eventgrid.example.com"}, ""},
		{"without a name", []string{"*"}, nil, ""},
		{"with an empty name", []string{"*"}, []string{""}, ""},
		{"with two names", []string{"*"}, []string{"a.example.com", "b.example.com"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			hook := must(NewHook("h", "cloudevents", Settings{By: "bearer", Secrets: []string{token}, Origins: c.origins}, (&kept{}).accept))
			r := must(New([]Hook{hook}, Options{}))
			req := httptest.NewRequest(http.MethodOptions, "/hooks/h", nil)
			req.Header[headerRequestOrigin] = c.asked
			req.Header.Set("WebHook-Request-Rate", "120")
			req.Header.Set("WebHook-Request-Callback", called.URL)
			res := httptest.NewRecorder()
			r.ServeHTTP(res, req)
			got := res.Header()
			if res.Code != http.StatusOK || got.Get("WebHook-Allowed-Origin") != c.want {
				t.Errorf("%d %v", res.Code, got)
			}
			if leave := c.want != ""; leave != (got.Get("WebHook-Allowed-Rate") == "*") || leave != (got.Get("Allow") == "POST") {
				t.Errorf("%v", got)
			}
		})
	}
	s := Settings{By: "bearer", Secrets: []string{token}, Origins: []string{"eventgrid.example.com"}}
	playKind(t, "cloudevents", s, Sample{Body: []byte(cloudEvent)}, []sent{
		{name: "a delivery of that origin", media: mediaCloudEvent, change: set(headerRequestOrigin, "eventgrid.example.com"), want: []Delivery{{ID: "/orders A1", Type: "com.example.paid"}}},
		{name: "of none, which proves as much", media: mediaCloudEvent, want: []Delivery{{ID: "/orders A1", Type: "com.example.paid"}}},
		{name: "of another one", media: mediaCloudEvent, change: set(headerRequestOrigin, "example.com"), status: http.StatusUnauthorized},
		{name: "of two", media: mediaCloudEvent, change: set(headerRequestOrigin, "eventgrid.example.com", "eventgrid.example.com"), status: http.StatusUnauthorized},
	})
}

// The official library posts, over HTTP, and what is kept reads as what it sent.
func TestTheOfficialLibrarySends(t *testing.T) {
	keep := &kept{}
	hook := must(NewHook("h", "cloudevents", Settings{By: "bearer", Secrets: []string{token}}, keep.accept))
	server := httptest.NewServer(must(New([]Hook{hook}, Options{})))
	defer server.Close()
	e := event.New()
	e.SetID("Größe 100%")
	e.SetSource("https://shop.example.com/orders?of=ann#x")
	e.SetType("com.example.paid")
	e.SetTime(time.Date(2026, 11, 24, 9, 0, 0, 5e6, time.UTC))
	e.SetExtension("traceparent", "00-ab")
	if err := e.SetData("application/json", map[string]any{"n": 1, "text": "大小"}); err != nil {
		t.Fatal(err)
	}
	more := e.Clone()
	more.SetID("2")
	post := func(name string, req *http.Request, err error, want ...event.Event) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		keep.all = nil
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusAccepted || len(keep.all) != len(want) {
			t.Fatalf("%s: %s, and %d were kept", name, res.Status, len(keep.all))
		}
		for i, d := range keep.all {
			var got event.Event
			if err := json.Unmarshal(d.Payload, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(must(want[i].MarshalJSON()), must(got.MarshalJSON())); diff != "" || d.Type != want[i].Type() || d.ID != cloudID(want[i].Source(), want[i].ID()) {
				t.Errorf("%s: %q %q %s", name, d.ID, d.Type, diff)
			}
		}
	}
	req, err := cehttp.NewHTTPRequestFromEvent(context.Background(), server.URL+"/hooks/h", e)
	post("in headers", req, err, e)
	body := must(e.MarshalJSON())
	req, err = http.NewRequest(http.MethodPost, server.URL+"/hooks/h", strings.NewReader(string(body)))
	req.Header.Set("Content-Type", event.ApplicationCloudEventsJSON)
	post("as JSON", req, err, e)
	req, err = cehttp.NewHTTPRequestFromEvents(context.Background(), server.URL+"/hooks/h", []event.Event{e, more})
	post("in a batch", req, err, e, more)
}

func TestSourceAndIDAreOneName(t *testing.T) {
	seen := map[string]string{}
	for _, of := range [][2]string{{"a", "b c"}, {"a b", "c"}, {"a", "b"}, {"ab", ""}, {"a", strings.Repeat("b", 300)}, {strings.Repeat("a", 300), "b"}, {"ä", "b"}, {"", "äb"}} {
		id := cloudID(of[0], of[1])
		if len(id) > maxID+1 || strings.ContainsFunc(id, func(c rune) bool { return c < ' ' || c > '~' }) {
			t.Errorf("%q cannot be stored", id)
		}
		if other, twice := seen[id]; twice {
			t.Errorf("%q is also of %s", id, other)
		}
		seen[id] = fmt.Sprint(of)
	}
}

// FuzzCloudEvents holds that whatever the modes read is sound JSON with an id, and
// that nothing breaks.
func FuzzCloudEvents(f *testing.F) {
	f.Add(mediaCloudEvent, cloudEvent, "", "")
	f.Add(mediaCloudBatch, "["+cloudEvent+"]", "", "")
	f.Add(mediaJSON, `{"n":1}`, "ce-id", "a%20b")
	f.Add("text/x", "x", "ce-dataschema", `"\""`)
	f.Add("", "", "ce-time", "2026-11-24T09:00:00+25:00")
	f.Add(mediaCloudEvent, `{"specversion":"1.0","":1,"id":"1","source":"/","type":"t","datacontenttype":"x/y","data":1e999}`, "", "")
	r := cloudReader{}
	f.Fuzz(func(t *testing.T, media, body, name, value string) {
		h := http.Header{"Ce-Specversion": {"1.0"}, "Ce-Id": {"1"}, "Ce-Source": {"/"}, "Ce-Type": {"t"}}
		if media != "" {
			h["Content-Type"] = []string{media}
		}
		if strings.HasPrefix(strings.ToLower(name), "ce-") {
			h[http.CanonicalHeaderKey(name)] = []string{value}
		}
		if !r.Takes(mediaOf(h)) || isJSON(mediaOf(h)) && checkJSON([]byte(body)) != nil {
			return
		}
		reading, err := r.Read(&Request{Header: h, Body: []byte(body), Now: now})
		if err != nil {
			return
		}
		for _, d := range reading.Deliveries {
			if err := checkJSON(d.Payload); err != nil || d.ID == "" || len(d.Type) > maxLabel {
				t.Errorf("%v: %+v", err, d)
			}
			var e event.Event
			if err := json.Unmarshal(d.Payload, &e); err != nil {
				t.Errorf("%v: %s", err, d.Payload)
			}
		}
	})
}
