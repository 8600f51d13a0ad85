package im

import (
	"errors"
	"maps"
	"slices"
	"testing"
)

// The transport writes URL.Opaque in place of the path, and a gateway may obey
// a header: neither leads to another API than the one that was looked at.
func TestRule20_NothingStandsInForThePath(t *testing.T) {
	g, s := newGuard()
	r := post(t.Context(), paths[apiGroups], []byte(`{"GroupId":"g","MsgBody":[]}`))
	r.URL.Opaque = paths[apiSend]
	if err := try(g, r); !errors.Is(err, ErrGuard) || len(s.heads) != 0 {
		t.Errorf("an address in Opaque: %v, want ErrGuard", err)
	}
	r = post(t.Context(), paths[apiGroups], []byte(`{"GroupId":"g"}`))
	for _, key := range []string{"X-Original-Url", "X-Rewrite-Url", "X-Http-Method-Override", "Idempotency-Key"} {
		r.Header.Set(key, paths[apiSend])
	}
	r.Header.Set("Content-Type", "application/json")
	if err := try(g, r); err != nil {
		t.Fatal(err)
	}
	if h := s.heads[0].Header; !maps.EqualFunc(h, headers, slices.Equal) || h.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("headers left with it: %v", h)
	}
}
