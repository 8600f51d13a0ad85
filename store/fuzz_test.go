package store

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzFile holds that a file in which bytes were changed is refused or works:
// what is accepted into it is there when it is opened again.
func FuzzFile(f *testing.F) {
	path := filepath.Join(f.TempDir(), "botd.db")
	s := openUnwatched(f, path, nil)
	accept(f, s, arrival("first", "g"))
	must(f, s.Close())
	whole, err := os.ReadFile(path)
	must(f, err)
	for _, at := range []uint32{0, 16, 18, 24, 28, 44, 52, 56, 68, 100, 4096, 8192} {
		f.Add(at, []byte{0xff})
		f.Add(at, []byte{0, 0, 0, 0})
	}
	f.Fuzz(func(t *testing.T, at uint32, change []byte) {
		spoilt := append([]byte{}, whole...)
		copy(spoilt[int(at)%len(spoilt):], change)
		path := filepath.Join(t.TempDir(), "botd.db")
		must(t, os.WriteFile(path, spoilt, 0o600))
		_, _ = Examine(t.Context(), "sqlite:"+path, newHand().now()) // its findings and errors are as they may be
		s, err := Open(t.Context(), Options{URL: "sqlite:" + path})
		if err != nil {
			return
		}
		_, err = s.Accept(t.Context(), arrival("second", "g"))
		if closed := s.Close(); err != nil || closed != nil {
			return
		}
		s = openUnwatched(t, path, nil)
		r, err := s.Accept(t.Context(), arrival("second", "g"))
		if err == nil && !r.Repeated {
			t.Error("what was accepted is not there")
		}
	})
}
