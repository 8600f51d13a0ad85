package webhooks

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// recordedAlerts is a payload that the documentation of its sender shows.
func recordedAlerts(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile("../plugins/rules/presets/testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// alertID is the id of a group of alerts, of which nothing is wrong.
func alertID(t testing.TB, r alertReader, body string) string {
	t.Helper()
	reading, err := r.Read(&Request{Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	return reading.Deliveries[0].ID
}

func TestAlertmanager(t *testing.T) {
	const old = "canary-token-before-the-rotation"
	firing, resolved := recordedAlerts(t, "alertmanager/firing.json"), recordedAlerts(t, "alertmanager/resolved.json")
	r := newAlertReader("Alertmanager", "4", Settings{})
	fires := []Delivery{{ID: alertID(t, r, firing), Within: 5 * time.Minute, Type: "firing"}}
	unfit := http.StatusUnprocessableEntity
	table := []sent{
		{name: "fires", want: fires},
		{name: "resolves", body: resolved, want: []Delivery{{ID: alertID(t, r, resolved), Within: 5 * time.Minute, Type: "resolved"}}},
		{name: "a key that came later", body: `{"news":[1],` + firing[1:], want: slices.Clone(fires)},
		{name: "no credentials", change: func(r *http.Request) { r.Header.Del("Authorization") }, status: http.StatusUnauthorized},
		{name: "other credentials", change: authorized("Bearer " + strings.Repeat("x", 32)), status: http.StatusUnauthorized},
		{name: "credentials twice", change: func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }, status: http.StatusUnauthorized},
		{name: "Grafana's form", body: recordedAlerts(t, "grafana/firing.json"), status: unfit, detail: "version is another one"},
		{name: "an empty object", body: `{}`, status: unfit, detail: "groupKey is missing"},
		{name: "no object", body: `[]`, status: unfit, detail: "the payload is of another kind"},
		{name: "no alerts", body: `{"version":"4","groupKey":"{}","status":"firing","alerts":[]}`, status: unfit, detail: "alerts is missing or empty"},
		{name: "alerts that are none", body: `{"version":"4","groupKey":"{}","status":"firing","alerts":{}}`, status: unfit, detail: "alerts is of another kind"},
		{name: "a status of nobody", body: strings.Replace(firing, `"status": "firing"`, `"status": "burning"`, 1), status: unfit, detail: "status is neither"},
		{name: "an alert without a fingerprint", body: strings.Replace(firing, `"fingerprint": "1f3c5a7be8d90246"`, `"fingerprint": ""`, 1), status: unfit, detail: "alerts[0].fingerprint is missing"},
		{name: "an alert that began at no time", body: strings.Replace(firing, `"2026-11-30T20:11:03.157Z"`, `"at eight"`, 1), status: unfit, detail: "alerts[0].startsAt is no time"},
		{name: "no JSON", body: `{`, status: http.StatusBadRequest},
		{name: "a form", media: mediaForm, status: http.StatusUnsupportedMediaType},
	}
	m := Sample{ID: "not-sent", Type: "not-sent", Body: []byte(firing)}
	t.Run("by a token", func(t *testing.T) {
		playKind(t, "alertmanager", Settings{By: "bearer", Secrets: []string{token, old}}, m, append(table,
			sent{name: "the token before the rotation", change: authorized("Bearer " + old), want: fires}))
	})
	t.Run("by user and password", func(t *testing.T) {
		playKind(t, "alertmanager", Settings{By: "basic", User: "am", Secrets: []string{token, old}}, m, append(table,
			sent{name: "the password before the rotation", change: authorized(pair("am", old)), want: fires}))
	})
}

// What makes a repeat one, and what is news.
func TestTheSameAlertsAreOne(t *testing.T) {
	r := newAlertReader("Alertmanager", "4", Settings{})
	firing := recordedAlerts(t, "alertmanager/firing.json")
	id := alertID(t, r, firing)
	change := func(f func(g map[string]any, first map[string]any)) string {
		var g map[string]any
		if err := json.Unmarshal([]byte(firing), &g); err != nil {
			t.Fatal(err)
		}
		first, _ := g["alerts"].([]any)[0].(map[string]any)
		f(g, first)
		text, err := json.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		return alertID(t, r, string(text))
	}
	for name, f := range map[string]func(g, first map[string]any){
		"written anew":         func(_, _ map[string]any) {},
		"from another replica": func(g, _ map[string]any) { g["externalURL"] = "https://replica-2.example.com" },
		"in another order": func(g, first map[string]any) {
			a := g["alerts"].([]any)
			g["alerts"] = append(a[1:len(a):len(a)], first)
		},
		"in another zone":         func(_, first map[string]any) { first["startsAt"] = "2026-11-30T21:11:03.157+01:00" },
		"with another annotation": func(_, first map[string]any) { first["annotations"] = map[string]any{"value": "98 %"} },
		"with an end to come":     func(_, first map[string]any) { first["endsAt"] = "2026-11-30T22:11:03.157Z" },
	} {
		if change(f) != id {
			t.Errorf("%s it is another event", name)
		}
	}
	for name, f := range map[string]func(g, first map[string]any){
		"one more":         func(g, first map[string]any) { g["alerts"] = append(g["alerts"].([]any), first) },
		"one resolved":     func(_, first map[string]any) { first["status"] = "resolved" },
		"began again":      func(_, first map[string]any) { first["startsAt"] = "2026-11-30T20:11:03.158Z" },
		"another one":      func(_, first map[string]any) { first["fingerprint"] = "00" },
		"another group":    func(g, _ map[string]any) { g["groupKey"] = "{}" },
		"all resolved":     func(g, _ map[string]any) { g["status"] = "resolved" },
		"more are hidden":  func(g, _ map[string]any) { g["truncatedAlerts"] = 3 },
		"another receiver": func(g, _ map[string]any) { g["receiver"] = "night" },
	} {
		if change(f) == id {
			t.Errorf("%s: it is the same event", name)
		}
	}
	if got := newAlertReader("Alertmanager", "4", Settings{Within: time.Hour}); must(got.Read(&Request{Body: []byte(firing)})).Deliveries[0].Within != time.Hour {
		t.Error("the time that is set does not hold")
	}
}

func TestGrafana(t *testing.T) {
	firing := recordedAlerts(t, "grafana/firing.json")
	fires := []Delivery{{ID: alertID(t, newAlertReader("Grafana", "1", Settings{}), firing), Within: 5 * time.Minute, Type: "firing"}}
	m := Sample{ID: "not-sent", Body: []byte(firing)}
	secrets := []string{"canary-secret-before-the-rotation", "canary-secret-of-grafana"}
	unauthorized := http.StatusUnauthorized
	t.Run("by an HMAC", func(t *testing.T) {
		playKind(t, "grafana", Settings{By: "hmac", Secrets: secrets}, m, []sent{
			{name: "right", want: fires},
			{name: "hours later, since no time is signed", at: 5 * 3600e9, want: fires},
			{name: "another body", change: func(r *http.Request) { r.Body = http.NoBody; r.ContentLength = 0 }, status: unauthorized},
			{name: "no signature", change: func(r *http.Request) { r.Header.Del(headerGrafanaSignature) }, status: unauthorized},
			{name: "with a prefix", change: func(r *http.Request) {
				r.Header.Set(headerGrafanaSignature, "sha256="+r.Header.Get(headerGrafanaSignature))
			}, status: unauthorized},
			{name: "a token in its place", change: func(r *http.Request) {
				r.Header.Del(headerGrafanaSignature)
				authorized("Bearer " + secrets[1])(r)
			}, status: unauthorized},
			{name: "Alertmanager's form", body: recordedAlerts(t, "alertmanager/firing.json"), status: http.StatusUnprocessableEntity, detail: "as Grafana sends"},
			{name: "a text of one's own", body: `{"text":"fire"}`, status: http.StatusUnprocessableEntity, detail: "a hook of another scheme"},
		})
	})
	t.Run("by an HMAC of time and body", func(t *testing.T) {
		playKind(t, "grafana", Settings{By: "hmac", Secrets: secrets, HMAC: HMAC{Header: "X-Sig", Timestamp: "X-Grafana-Alerting-Timestamp"}}, m, []sent{
			{name: "right", want: fires},
			{name: "five minutes old", at: window, want: fires},
			{name: "stale", at: window + 1e9, status: unauthorized},
			{name: "from the future", at: -window - 1e9, status: unauthorized},
			{name: "no time", change: func(r *http.Request) { r.Header.Del("X-Grafana-Alerting-Timestamp") }, status: unauthorized},
			{name: "another time", change: set("X-Grafana-Alerting-Timestamp", "1732438801"), status: unauthorized},
			{name: "in the header that was not chosen", change: func(r *http.Request) {
				r.Header[headerGrafanaSignature] = r.Header["X-Sig"]
				r.Header.Del("X-Sig")
			}, status: unauthorized},
		})
	})
	t.Run("by a token", func(t *testing.T) {
		playKind(t, "grafana", Settings{By: "bearer", Secrets: []string{token}}, m, []sent{
			{name: "right", want: fires},
			{name: "a signature in its place", change: func(r *http.Request) { r.Header.Del("Authorization") }, status: unauthorized},
		})
	})
	t.Run("by user and password", func(t *testing.T) {
		playKind(t, "grafana", Settings{By: "basic", User: "grafana", Secrets: []string{token}}, m, []sent{{name: "right", want: fires}})
	})
}

// What is signed, written out as Grafana's documentation has it.
func TestGrafanaSignsTimeColonBody(t *testing.T) {
	s := Settings{By: "hmac", Secrets: []string{hmacSecret}, HMAC: HMAC{Timestamp: "X-Time"}}
	// printf '1796069000:{}' | openssl dgst -sha256 -hmac canary-secret-of-the-hmac
	h := http.Header{"X-Time": {"1796069000"}, headerGrafanaSignature: {"8b8e91a5fea12b6f742206573289184eaa8fc8de8e17bf847c1001c6e9c048d4"}}
	v, _, err := grafanaKind.New(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Verify(&Request{Header: h, Body: []byte("{}"), Now: time.Unix(1796069000, 0)}); err != nil {
		t.Error(err)
	}
}

func TestSendersOfAlertsAreNeverOpen(t *testing.T) {
	for _, kind := range []string{"alertmanager", "grafana"} {
		for _, s := range []Settings{
			{}, {Secrets: []string{token}}, {By: "none"}, {By: "github", Secrets: []string{token}}, {By: "bearer"}, {By: "bearer", Secrets: []string{""}},
			{By: "basic", Secrets: []string{token}}, {By: "hmac"}, {By: "hmac", Secrets: []string{"short"}},
		} {
			if _, err := NewHook("h", kind, s, (&kept{}).accept); err == nil {
				t.Errorf("%s: %+v was taken", kind, s)
			}
		}
	}
	if _, err := NewHook("h", "alertmanager", Settings{By: "hmac", Secrets: []string{hmacSecret}}, (&kept{}).accept); err == nil {
		t.Error("Alertmanager signs nothing, and was taken to")
	}
}

// FuzzAlerts holds that whatever is read as alerts has an id that can be stored,
// which is the same when it is read again.
func FuzzAlerts(f *testing.F) {
	f.Add(recordedAlerts(f, "alertmanager/firing.json"))
	f.Add(recordedAlerts(f, "grafana/resolved.json"))
	f.Add(`{"version":"4","groupKey":"{}","status":"resolved","truncatedAlerts":1e3,"alerts":[{"status":"x","fingerprint":"y","startsAt":"2026-11-30T20:11:03Z","endsAt":""}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, r := range []alertReader{newAlertReader("Alertmanager", "4", Settings{}), newAlertReader("Grafana", "1", Settings{})} {
			reading, err := r.Read(&Request{Body: []byte(body)})
			if err != nil {
				continue
			}
			d := reading.Deliveries[0]
			if checkID("id", d.ID) != nil || d.Type != "firing" && d.Type != "resolved" || d.Within == 0 {
				t.Errorf("read as %+v", d)
			}
			if alertID(t, r, body) != d.ID {
				t.Error("read again it is another event")
			}
		}
	})
}
