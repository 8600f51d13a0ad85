package webhooks

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// FuzzBearer holds that only a token of the hook passes, however it is dressed
// up, and that an id which passes can be stored.
func FuzzBearer(f *testing.F) {
	const token = "0123456789abcdef0123456789abcdef"
	hook := bearing("h", nil, token)
	for _, s := range [][2]string{{"Bearer " + token, ""}, {"bearer   " + token, `"a\"b"`}, {"Basic " + token, "x"}, {"Bearer", "\x00"}, {"Bearer " + token + " ", strings.Repeat("é", 200)}} {
		f.Add(s[0], s[1], s[1])
	}
	f.Fuzz(func(t *testing.T, authorization, key, id string) {
		h := http.Header{"Authorization": {authorization}}
		if key != "" {
			h["Idempotency-Key"] = []string{key}
		}
		if id != "" {
			h[headerID] = []string{id}
		}
		q := &Request{Header: h, Now: now}
		if _, err := hook.verify(q); err != nil {
			return
		}
		if fields := strings.Fields(authorization); len(fields) != 2 || !strings.EqualFold(fields[0], "Bearer") || fields[1] != token {
			t.Errorf("%q passed", authorization)
		}
		reading, err := hook.Read.Read(q)
		if err != nil {
			return
		}
		got := reading.Deliveries[0].ID
		if got != "" && checkID("id", got) != nil || got == "" && (key != "" && key != `""`) {
			t.Errorf("the id is %q", got)
		}
		if got != "" && !slices.Contains([]string{unquote(key), unquote(id)}, got) {
			t.Errorf("the id is %q, of %q and %q", got, key, id)
		}
	})
}

// FuzzBasic holds that only the user and the password of the hook pass.
func FuzzBasic(f *testing.F) {
	const password = "0123456789abcdef:0123456789abcdef"
	v := must(newBasic("änn", []string{password}))
	for _, s := range []string{pair("änn", password), pair("änn", ""), pair("", ""), "Basic", "Basic =", "bearer x", pair("änn:0123456789abcdef", "0123456789abcdef")} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, authorization string) {
		if v.Verify(&Request{Header: http.Header{"Authorization": {authorization}}, Now: now}) != nil {
			return
		}
		name, encoded, _ := strings.Cut(authorization, " ")
		if _, right, _ := strings.Cut(pair("änn", password), " "); !strings.EqualFold(name, "Basic") || strings.TrimLeft(encoded, " ") != right {
			t.Errorf("%q passed", authorization)
		}
	})
}
