package store

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var cuts = flag.Int("cuts", 30, "how many damaged logs TestPowerLoss opens")

// TestPowerLoss opens what a power cut can leave: a log that ends anywhere,
// with a bit turned over, or with junk behind it. What was flushed before the
// damage is there, in order, and nothing else.
func TestPowerLoss(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	s := openAt(t, path, nil)
	must(t, s.writer.sql("PRAGMA wal_checkpoint(TRUNCATE)")) // the tables are in the file
	const events = 40
	end := make([]int64, events+1) // where the log ended after each event
	for i := 1; i <= events; i++ {
		accept(t, s, arrival(fmt.Sprint(i), "g"))
		info, err := os.Stat(path + "-wal")
		must(t, err)
		end[i] = info.Size()
	}
	main, err := os.ReadFile(path)
	must(t, err)
	log, err := os.ReadFile(path + "-wal")
	must(t, err)

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	for i := range *cuts {
		at := chance.Int64N(int64(len(log)))
		damaged, name := damage(log, at, i%3, chance)
		want := 0
		for want < events && (i%3 == 2 || end[want+1] <= at) {
			want++
		}
		t.Run(fmt.Sprintf("%s at %d", name, at), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "botd.db")
			must(t, os.WriteFile(path, main, 0o600))
			must(t, os.WriteFile(path+"-wal", damaged, 0o600))
			prefix(t, path, want, events)
		})
	}
}

func damage(log []byte, at int64, how int, chance *rand.Rand) ([]byte, string) {
	switch how {
	case 0:
		return log[:at], "cut off"
	case 1:
		turned := append([]byte{}, log...)
		turned[at] ^= 1 << chance.IntN(8)
		return turned, "a bit turned over"
	default:
		junk := append([]byte{}, log...)
		for range at % 9000 {
			junk = append(junk, byte(chance.Uint32()))
		}
		return junk, "junk behind it, as drawn"
	}
}

// prefix checks that exactly the first events are there.
func prefix(t *testing.T, path string, want, of int) {
	t.Helper()
	s := openAt(t, path, nil)
	for i := 1; i <= of; i++ {
		if r := accept(t, s, arrival(fmt.Sprint(i), "g")); r.Repeated != (i <= want) {
			t.Fatalf("event %d of the first %d: repeated %v", i, want, r.Repeated)
		}
	}
	c, err := s.Counts(t.Context())
	must(t, err)
	if c.Events.Ready != of {
		t.Errorf("%d events are ready, not %d", c.Events.Ready, of)
	}
}
