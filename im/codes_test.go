package im

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// row is what testdata/codes.txt says of one code.
type row struct {
	advice string
	note   string
}

var codeOrSpan = regexp.MustCompile(`(\d+)(?: to (\d+))?`)

// readRows reads the published table: codes or spans, and their class, after
// which codes of the same row may be named that have another.
func readRows(t *testing.T) map[int]row {
	t.Helper()
	text, err := os.ReadFile("testdata/codes.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[int]row{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		codes, class, ok := strings.Cut(line, " | ")
		if !ok {
			t.Fatalf("cannot read %q", line)
		}
		parts := strings.Split(class, "; ")
		for n := range spans(t, codes) {
			rows[n] = readClass(t, parts[0])
		}
		for _, part := range parts[1:] {
			at := strings.LastIndexAny(part, "0123456789") + 1
			for n := range spans(t, part[:at]) {
				rows[n] = readClass(t, strings.TrimSpace(part[at:]))
			}
		}
	}
	return rows
}

func spans(t *testing.T, text string) map[int]bool {
	t.Helper()
	codes := map[int]bool{}
	for _, m := range codeOrSpan.FindAllStringSubmatch(text, -1) {
		first, _ := strconv.Atoi(m[1])
		last := first
		if m[2] != "" {
			last, _ = strconv.Atoi(m[2])
		}
		for n := first; n <= last; n++ {
			codes[n] = true
		}
	}
	if len(codes) == 0 {
		t.Fatalf("no codes in %q", text)
	}
	return codes
}

func readClass(t *testing.T, text string) row {
	t.Helper()
	for _, a := range []advice{retryNow, retryLater, limited, refresh, permanent, configure} {
		if rest, ok := strings.CutPrefix(text, string(a)); ok {
			return row{string(a), rest}
		}
	}
	t.Fatalf("no class in %q", text)
	return row{}
}

// unclearCodes are those after which a call may have had its effect.
var unclearCodes = map[int]bool{
	60008: true, 60013: true, 60014: true, 10002: true, 20004: true, 20005: true, 90992: true,
	90994: true, 90995: true, 91000: true, 70169: true, 70202: true, 70500: true,
}

var classOf = map[string]Class{
	"retry-now": Retry, "retry-with-backoff": Retry, "rate-limited": Rate,
	"refresh-usersig": Sig, "permanent": Permanent, "configuration error": Configuration,
}

func TestEveryPublishedCodeHasItsClass(t *testing.T) {
	rows := readRows(t)
	if len(rows) < 11_000 { // 10,000 of them are one span
		t.Fatalf("read only %d codes", len(rows))
	}
	for n, want := range rows {
		got := lookup(n)
		if got.unlisted {
			t.Errorf("%d is not in the table", n)
		}
		if string(got.advice) != want.advice {
			t.Errorf("%d is %s, want %s", n, got.advice, want.advice)
		}
		class := classOf[want.advice]
		if unclearCodes[n] {
			class = Unclear
		}
		e := ofCode("x", n, "")
		if e.Class != class {
			t.Errorf("%d is of class %s, want %s", n, e.Class, class)
		}
		checkScope(t, n, e, want)
	}
	for n := range unclearCodes {
		if _, ok := rows[n]; !ok {
			t.Errorf("%d is not among the published ones", n)
		}
	}
}

func checkScope(t *testing.T, n int, e *Error, want row) {
	t.Helper()
	if want.advice != string(limited) {
		if e.Scope != "" {
			t.Errorf("%d has a scope and is not a matter of rate", n)
		}
		return
	}
	scope, least := ScopeAPI, time.Second
	switch {
	case strings.Contains(want.note, "(application)"):
		scope = ScopeApp
	case strings.Contains(want.note, "(the group)"):
		scope = ScopeGroup
	case strings.Contains(want.note, "60 s pause of everything"):
		scope, least = ScopeApp, time.Minute
	case strings.Contains(want.note, "per minute"):
		least = time.Minute
	}
	if e.Scope != scope || e.Wait != least {
		t.Errorf("%d slows %s down for %s, want %s for %s", n, e.Scope, e.Wait, scope, least)
	}
}

func TestTheTableListsNothingElse(t *testing.T) {
	rows := readRows(t)
	for _, c := range codes {
		for n := c.first; n <= c.last; n++ {
			if _, ok := rows[n]; !ok {
				t.Errorf("%d is in the table and not published", n)
			}
		}
		if c.meaning == "" {
			t.Errorf("%d has no meaning", c.first)
		}
	}
	for n := range 100_000 {
		if _, ok := rows[n]; !ok && lookup(n).unclear {
			t.Errorf("%d is unclear by default", n)
		}
	}
}

func TestUnlistedCodes(t *testing.T) {
	for n, want := range map[int]Class{
		60001: Configuration, 60999: Configuration, 60022: Configuration,
		70004: Configuration, 70010: Configuration, 70999: Configuration,
		80006: Permanent, 1: Permanent, -1: Permanent, 10020: Permanent, 99999: Permanent, 131000: Permanent,
		71001: Permanent,
	} {
		e := ofCode(apiSend, n, "")
		if e.Class != want || !e.Unlisted() {
			t.Errorf("%d is %s (unlisted: %v), want %s", n, e.Class, e.Unlisted(), want)
		}
	}
	if ofCode(apiSend, 10002, "").Unlisted() {
		t.Error("10002 is listed")
	}
}
