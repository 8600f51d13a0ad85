package disk

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var texts = regexp.MustCompile(`"[^"]*"|<[/a-z][^ >]*>`)

// hexed is a log as strace writes it, from one that a person can read.
func hexed(log string) string {
	return texts.ReplaceAllStringFunc(log, func(s string) string {
		digits := regexp.MustCompile("..").ReplaceAllString(hex.EncodeToString([]byte(s[1:len(s)-1])), `\x$0`)
		return s[:1] + digits + s[len(s)-1:]
	})
}

func read(t *testing.T, log string) *Trace {
	t.Helper()
	trace, err := Read(strings.NewReader(hexed(strings.TrimLeft(log, "\n"))), "/d")
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// a line each is a moment, from 1 on.
const run = `
7 openat(AT_FDCWD</>, "/d/a", O_RDWR|O_CREAT|O_EXCL, 0600) = 5</d/a>
7 fsync(6</d>) = 0
7 pwrite64(5</d/a>, "one", 3, 0) = 3
7 fdatasync(5</d/a> <unfinished ...>
8 pwrite64(5</d/a>, "two", 3, 3) = 3
7 <... fdatasync resumed>) = 0
7 write(9<socket:[77]>, "HTTP", 4) = 4
7 fdatasync(5</d/a>) = -1 EIO (Input/output error)
7 +++ killed by SIGKILL +++
`

// leaves are all the contents of a file that a cut was seen to leave; "-" is no
// file.
func leaves(trace *Trace, moment int, name string) map[string]bool {
	seen := map[string]bool{}
	for seed := range uint64(300) {
		content, there := trace.Cut(moment, rand.New(rand.NewPCG(seed, 1)))[name]
		if !there {
			content = []byte("-")
		}
		seen[string(content)] = true
	}
	return seen
}

func TestWhatIsFlushedStays(t *testing.T) {
	for _, c := range []struct {
		name   string
		moment int
		want   string
	}{
		{"a name that is not flushed may be lost", 1, "- ."},
		{"a flushed one stays", 2, "."},
		{"a write may be lost", 3, ". one"},
		{"a flush that has not ended has done nothing", 4, ". one"},
		{"it keeps what was written before it began, and nothing later", 6, "one onetwo"},
		{"one that fails keeps nothing", 9, "one onetwo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := map[string]bool{}
			for _, w := range strings.Fields(c.want) {
				want[strings.Trim(w, ".")] = true
			}
			got := leaves(read(t, run), c.moment, "a")
			for content := range got {
				if !want[content] && content != "one\x00\x00\x00" {
					t.Errorf("it may leave %q", content)
				}
			}
			for content := range want {
				if !got[content] {
					t.Errorf("it never leaves %q", content)
				}
			}
		})
	}
}

func TestTheTraceKnowsWhatWasSaidAndWhen(t *testing.T) {
	trace := read(t, run)
	if len(trace.Said) != 1 || trace.Said[0].Moment != 7 || string(trace.Said[0].Data) != "HTTP" || trace.Said[0].Socket != "socket:[77]" {
		t.Errorf("%+v", trace.Said)
	}
	if trace.Flushes() != 2 || fmt.Sprint(trace.Borders()) != "[2 4 6 8]" {
		t.Errorf("%d flushes, with borders at %v", trace.Flushes(), trace.Borders())
	}
	if got := leaves(trace.WithoutFlushes(), 7, "a"); !got["-"] {
		t.Errorf("without flushes nothing is sure, and still there is always %v", got)
	}
}

func TestARemovedFileMayComeBackUntilItsFolderIsFlushed(t *testing.T) {
	const log = `
7 open("/d/a", O_RDWR|O_CREAT, 0600) = 5</d/a>
7 fsync(6</d>) = 0
7 unlink("/d/a") = 0
7 fsync(6</d>) = 0
`
	if got := leaves(read(t, log), 3, "a"); !got["-"] || !got[""] {
		t.Errorf("before the flush: %v", got)
	}
	if got := leaves(read(t, log), 4, "a"); len(got) != 1 || !got["-"] {
		t.Errorf("after it: %v", got)
	}
}

func TestAWriteIsTornBySectors(t *testing.T) {
	page := strings.Repeat("x", 1024)
	log := `
7 open("/d/a", O_RDWR|O_CREAT, 0600) = 5</d/a>
7 fsync(6</d>) = 0
7 pwrite64(5</d/a>, "` + page + `", 1024, 256) = 1024
`
	torn := 0
	for content := range leaves(read(t, log), 3, "a") {
		padded := append([]byte(content), make([]byte, 1536)...)
		for _, part := range [][]byte{padded[256:512], padded[512:1024], padded[1024:1280]} {
			if n := bytes.Count(part, []byte("x")); n != 0 && n != len(part) {
				t.Fatalf("%d bytes of a sector of %d", n, len(part))
			}
		}
		if n := strings.Count(content, "x"); n != 0 && n != 1024 {
			torn++
		}
	}
	if torn < 4 {
		t.Errorf("only %d ways to tear it", torn)
	}
}

func TestWhatTheModelDoesNotKnowIsAnError(t *testing.T) {
	for name, log := range map[string]string{
		"a call":                     `7 fallocate(5</d/a>, 0, 0, 9) = 0`,
		"a file that was there":      `7 pwrite64(5</d/a>, "one", 3, 0) = 3`,
		"a file written in sequence": `7 write(5</d/a>, "one", 3) = 3`,
		"an end without a beginning": `7 <... fsync resumed>) = 0`,
	} {
		if _, err := Read(strings.NewReader(hexed(log)+"\n"), "/d"); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if trace, err := Read(strings.NewReader(hexed(`7 pwrite64(5</e/a>, "one", 3, 0) = 3`)+"\n"), "/d"); err != nil || len(trace.ops) > 0 {
		t.Errorf("another folder: %v", err)
	}
}
