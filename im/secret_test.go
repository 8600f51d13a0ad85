package im

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

func TestRule10_NothingSecretIsPrinted(t *testing.T) {
	key := mustKey(t, key1)
	s := say(t, `{"ErrorCode":80001,"ErrorInfo":"blocked: `+secretText+`"}`)
	cfg := testConfig(t, s.URL)
	cfg.Key = key
	c := newClient(t, cfg)
	p := prepare(t, c, targeted(t))
	_, err := c.Send(t.Context(), p)
	checkDiscreet(t, err)
	if e := wantClass(t, err, Permanent); !strings.Contains(e.Info, secretText) {
		t.Error("Info lost the service's words")
	}
	sig, err := c.signer.current()
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		Public  SecretKey
		private SecretKey
		Ptr     *SecretKey
		Message Prepared
		message Prepared
	}
	h := holder{key, key, &key, p, p}
	var printed strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p"} {
		for _, v := range []any{key, &key, cfg, h, &h, []any{key, p}, map[string]any{"k": key, "p": p}, p, err} {
			fmt.Fprintf(&printed, verb+"\n", v)
		}
	}
	for _, v := range []any{key, h, cfg.Key, map[string]any{"k": key}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		printed.Write(b)
		y, err := yaml.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		printed.Write(y)
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "key", key, "message", p, "holder", h)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "key", key, "message", p, "holder", h)
	all := printed.String() + logged.String()
	for _, secret := range []string{key1, key1[8:24], fmt.Sprintf("%x", key1), sig, "the answer is", "usersig"} {
		if strings.Contains(all, secret) {
			at := strings.Index(all, secret)
			t.Errorf("%.12q… is printed: …%s", secret, all[max(0, at-150):at])
		}
	}
	if !strings.Contains(all, hidden) || !strings.Contains(all, "to 2 in") {
		t.Error("nothing was printed at all")
	}
}

func TestSecretKeys(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "white space": " \n", "two lines": key1 + "\n" + key1, "a blank within": "ab cd", "another script": "ключ",
	} {
		k, err := NewSecretKey(text)
		if err == nil || !k.IsZero() {
			t.Errorf("%s was taken for a key", name)
		}
		if err != nil && text != "" && strings.Contains(err.Error(), key1) {
			t.Error("the error shows the key")
		}
	}
	k, err := NewSecretKey("\t" + key1 + "\r\n")
	if err != nil || string(k.bytes()) != key1 {
		t.Errorf("white space around a key: %v", err)
	}
	if !(SecretKey{}).IsZero() || (SecretKey{}).bytes() != nil {
		t.Error("the zero value is a key")
	}
}
