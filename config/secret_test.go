package config

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

const canary = "canary-that-nobody-may-see"

func TestASecretCannotBePrinted(t *testing.T) {
	type holder struct {
		Public  Secret
		private Secret
		Pointer *Secret
		List    []Secret
		Map     map[string]Secret
	}
	s := NewSecret(canary)
	h := holder{s, s, &s, []Secret{s}, map[string]Secret{"a": s}}
	_ = h.private // read by fmt alone, which is the point
	c := Config{Apps: []App{{SecretKey: s}}, Listen: Listen{AdminToken: s}, Bots: []Bot{{Triggers: []Trigger{
		{Webhook: &Webhook{Verify: Verify{Scheme: Bearer, Secrets: []Secret{s}}}},
	}}}}
	for _, v := range []any{s, &s, h, &h, c, &c, []any{s}, map[Secret]int{s: 1}, fmt.Errorf("with %v", s)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t", "%c", "%T", "%10.3s", "%o", "%b", "%e", "%U", "%w"} {
			hides(t, verb, fmt.Sprintf(verb, v))
		}
		hides(t, "Sprint", fmt.Sprint(v), fmt.Sprintln(v))
		if b, err := json.Marshal(v); err == nil {
			hides(t, "JSON", string(b))
		}
		if b, err := yaml.Marshal(v); err == nil {
			hides(t, "YAML", string(b))
		}
		if b, err := xml.Marshal(v); err == nil {
			hides(t, "XML", string(b))
		}
		var g bytes.Buffer
		if gob.NewEncoder(&g).Encode(v) == nil {
			hides(t, "gob", g.String())
		}
		var l bytes.Buffer
		slog.New(slog.NewJSONHandler(&l, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&l, nil)).Info("x", "v", v)
		hides(t, "slog", l.String())
		hides(t, "panic", panicText(v))
	}
	if b, err := json.Marshal(s); err != nil || string(b) != `"***"` {
		t.Errorf("JSON is %s, %v", b, err)
	}
	if s.Reveal() != canary || s.IsZero() || !NewSecret("").IsZero() || (Secret{}).Reveal() != "" {
		t.Error("a secret is what it was made of")
	}
}

func panicText(v any) (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	panic(v)
}

func hides(t *testing.T, how string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		hex := fmt.Sprintf("%x", canary)
		if strings.Contains(text, canary) || strings.Contains(strings.ToLower(text), hex) {
			t.Errorf("%s shows it: %.200s", how, text)
		}
	}
}

func TestSecretsInFilesLoseOneLineBreakOnly(t *testing.T) {
	inFolder(t)
	r := &reader{file: "bots.yaml", dir: ".", opt: fakes()}
	n := scalar("!!str", "")
	p := place{node: n, key: n}
	for name, want := range map[string]string{
		"standup": "a-bearer-token-of-some-length", "blank": "two words are no token",
	} {
		if s, err := r.secretFile(p, "secrets/"+name); err != nil || s.Reveal() != want {
			t.Errorf("%s: %q, %v", name, s.Reveal(), err)
		}
	}
}

func TestFormOfSigningKeys(t *testing.T) {
	for n := range 80 {
		err := wellFormed(SigningKey, NewSecret(signingKeyOf(n)))
		if ok := n >= 24 && n <= 64; ok != (err == nil) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
