package presets

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestTexts compares what each preset says of each payload in testdata with the
// text beside it. A file's name begins with the type of the event.
func TestTexts(t *testing.T) {
	tried := map[string]bool{}
	for _, file := range samples(t) {
		name, kind := about(file)
		tried[name] = true
		t.Run(strings.TrimPrefix(file, "testdata/"), func(t *testing.T) {
			payload, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Text(name, kind, payload)
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".json") + ".txt"
			if os.Getenv("UPDATE") == "1" {
				if err := os.WriteFile(golden, []byte(got+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got+"\n"); diff != "" {
				t.Errorf("-want +got; UPDATE=1 rewrites it:\n%s", diff)
			}
			sound(t, got)
		})
	}
	for _, name := range Names() {
		if !tried[name] && name != "forgejo" {
			t.Errorf("no payload for preset %s", name)
		}
	}
}

func samples(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no payloads: %v", err)
	}
	return files
}

// about is which preset a file is for, and the type of its event.
func about(file string) (name, kind string) {
	kind, _, _ = strings.Cut(filepath.Base(file), ".")
	return filepath.Base(filepath.Dir(file)), kind
}

// sound reports a text that does not look as every text should.
func sound(t *testing.T, text string) {
	t.Helper()
	body, err := json.Marshal([]chat.Element{{Text: &chat.Text{Text: text}}})
	if err != nil {
		t.Fatal(err)
	}
	// What is between these two is the service's own frame.
	unescaped := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(body))
	if len(unescaped) > chat.MaxBody {
		t.Errorf("has %d bytes; a message has room for %d", len(unescaped), chat.MaxBody)
	}
	if text == "" || !utf8.ValidString(text) {
		t.Errorf("is empty or no UTF-8: %.100q", text)
	}
	if plugins.Clean(text) != text {
		t.Errorf("holds what shows nothing: %q", text)
	}
	for l := range strings.SplitSeq(text, "\n") {
		if l != strings.TrimRight(l, " \t") {
			t.Errorf("a line ends in a blank: %q", l)
		}
	}
	if strings.HasPrefix(text, "\n") || strings.HasSuffix(text, "\n") || strings.Contains(text, "\n\n\n") {
		t.Errorf("has empty lines that nobody needs: %q", text)
	}
}

func TestAPayloadThatLacksSomethingIsNamed(t *testing.T) {
	for _, c := range []struct{ preset, kind, payload, want string }{
		{"alertmanager", "", `{}`, "the payload lacks alerts"},
		{"alertmanager", "", `{"alerts": []}`, "the payload lacks alerts"},
		{"alertmanager", "", `{"alerts": [{}]}`, "the payload lacks alerts[0].status"},
		{"alertmanager", "", `[]`, "the payload is no JSON object"},
		{"alertmanager", "", ``, "there is no payload, as with a schedule"},
		{"github", "push", `{}`, "the payload lacks pusher.name, ref, repository.full_name"},
		{"github", "", `{}`, "X-GitHub-Event"},
		{"gitea", "", `{}`, "X-Gitea-Event"},
		{"github", "issues", `{"action": "opened", "issue": [], "sender": {"login": "ann"}}`, "the payload lacks issue.number, repository.full_name, issue.title"},
		{"gitlab", "", `{"object_kind": "pipeline"}`, "the payload lacks object_attributes.id, object_attributes.status, object_attributes.ref, project.path_with_namespace"},
		{"gitlab", "", `{}`, "the payload lacks object_kind"},
		{"stripe", "", `{"type": "charge.failed", "data": {"object": {"object": "charge", "amount": "secret"}}}`, "the payload lacks id, data.object.amount (a whole number), data.object.currency"},
		{"slack", "", `{}`, `no preset "slack"; have alertmanager, forgejo, gitea, github, gitlab, grafana, stripe`},
	} {
		got, err := Text(c.preset, c.kind, json.RawMessage(c.payload))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s %s:\ngot  %q, %v\nwant %s", c.preset, c.kind, c.payload, got, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error holds what the payload does: %v", err)
		}
	}
}

func TestATypeThatIsNotKnownIsOneHonestLine(t *testing.T) {
	for _, c := range []struct{ preset, kind, payload, want string }{
		{"github", "star", `{"action": "created", "repository": {"full_name": "octo/hello"}, "sender": {"login": "ann"}}`, "GitHub: star, created in octo/hello, by ann"},
		{"forgejo", "package\nx", `{}`, "Forgejo: package x"},
		{"gitlab", "", `{"object_kind": "wiki_page", "project": {"path_with_namespace": "a/b"}, "user": {"name": "Ann"}}`, "GitLab: wiki page in a/b, by Ann"},
		{"stripe", "", `{"id": "evt_1", "type": "tax.settings.updated", "livemode": true}`, "Stripe: tax.settings.updated\nhttps://dashboard.stripe.com/events/evt_1"},
	} {
		if got, err := Text(c.preset, c.kind, json.RawMessage(c.payload)); got != c.want || err != nil {
			t.Errorf("%s %q: got %q, %v; want %q", c.preset, c.kind, got, err, c.want)
		}
	}
}

func TestWhatSendersWriteIsDataAndStaysInItsPlace(t *testing.T) {
	issue := func(title, body, link string) string {
		payload, err := json.Marshal(map[string]any{
			"action": "opened", "sender": map[string]string{"login": "ann"}, "repository": map[string]string{"full_name": "a/b"},
			"issue": map[string]any{"number": 1, "title": title, "body": body, "html_url": link},
		})
		if err != nil {
			t.Fatal(err)
		}
		text, err := Text("github", "issues", payload)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, c := range []struct{ name, title, body, link, want string }{
		{"line breaks in a title", "one\ntwo\r\nthree\u2028four\vfive", "", "", "one two three four five"},
		{"controls", "a\x00b\x1b[31mc\u009bd", "", "", "ab[31mcd"},
		{"what turns the direction", "a\u202eb\u2066c", "", "", "abc"},
		{"a mention is a word", "@all look", "", "", "@all look"},
		{"verbs of printf", "100%s %d", "", "", "100%s %d"},
		{"a body is marked", "t", "x  \r\n\r\n\r\n\r\nGitHub: lies", "", "t\n> x\n>\n> GitHub: lies"},
		{"what templates hide", "t", "<!-- fill\nin -->x", "", "t\n> x"},
		{"a link", "t", "", "https://example.com/a?b=c", "t\nhttps://example.com/a?b=c"},
		{"no link", "t", "", "javascript:alert(1)", "t"},
		{"a link of two lines", "t", "", "https://example.com/\nfoo", "t"},
		{"a link without a host", "t", "", "https:///etc", "t"},
		{"a link that is too long", "t", "", "https://example.com/" + strings.Repeat("x", maxLink), "t"},
		{"a long title", strings.Repeat("é", 1000), "", "", strings.Repeat("é", maxLine) + "…"},
		{"a long body", "t", strings.Repeat("é", maxBlock+3112), "", "t\n> " + strings.Repeat("é", maxBlock) + "\n> … cut: 3112 more characters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := issue(c.title, c.body, c.link)
			if want := "ann opened issue #1 in a/b: " + c.want; got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			sound(t, got)
		})
	}
}

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		amount   int64
		currency string
		want     string
	}{
		{2000, "usd", "20.00 USD"},
		{5, "eur", "0.05 EUR"},
		{123456789, "usd", "1,234,567.89 USD"},
		{-150, "usd", "−1.50 USD"},
		{500, "jpy", "500 JPY"},
		{1500000, "krw", "1,500,000 KRW"},
		{5120, "kwd", "5.120 KWD"},
		{500, "isk", "5.00 ISK"},
		{500, "ugx", "5.00 UGX"},
		{0, "usd", "0.00 USD"},
	} {
		if got := money(c.amount, c.currency); got != c.want {
			t.Errorf("%d %s: %s, want %s", c.amount, c.currency, got, c.want)
		}
	}
}

func TestListsAreCut(t *testing.T) {
	alert := map[string]any{"status": "firing", "labels": map[string]string{"alertname": "Down"}}
	resolved := map[string]any{"status": "resolved", "labels": map[string]string{"alertname": "Down"}}
	payload, err := json.Marshal(map[string]any{"alerts": append(slices.Repeat([]any{resolved}, 8), slices.Repeat([]any{alert}, 14)...), "truncatedAlerts": 5})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Text("alertmanager", "", payload)
	if err != nil || !strings.HasPrefix(got, "14 firing, 8 resolved: Down\n\nFiring\n• Down\n") || strings.Count(got, "•") != maxItems ||
		!strings.HasSuffix(got, "• Down\n… and 12 more\nAlertmanager left out 5 more alerts (max_alerts).") {
		t.Errorf("%v\n%s", err, got)
	}
}

// A payload holds as many alerts as its hook takes bytes, and whoever sends it may
// not mean well.
func TestNoPayloadMakesMuchWork(t *testing.T) {
	const n = 60_000
	of := func(alert func(i int) string) []byte {
		all := make([]string, n)
		for i := range all {
			all[i] = alert(i)
		}
		return []byte(`{"version":"4","status":"firing","alerts":[` + strings.Join(all, ",") + `]}`)
	}
	for name, c := range map[string]struct {
		payload []byte
		want    string
	}{
		"a name for each": {of(func(i int) string {
			return fmt.Sprintf(`{"status":"firing","labels":{"alertname":"a%d","severity":"s%d"}}`, i, i)
		}), "60000 firing: a0, a1, a2 and 59997 more (s0, s1, s2 and 59997 more)"},
		"nothing of each": {of(func(int) string { return "{}" }), "lacks alerts[0].status, alerts[1].status, alerts[2].status, alerts[3].status, alerts[4].status"},
	} {
		began := time.Now()
		text, err := Text("alertmanager", "", c.payload)
		if took := time.Since(began); took > 4*time.Second { // a few tenths, on a machine with time
			t.Errorf("%s: took %v", name, took)
		}
		if got := text + fmt.Sprint(err); !strings.Contains(got, c.want) || len(got) > chat.MaxBody {
			t.Errorf("%s: %.300s", name, got)
		}
	}
}
