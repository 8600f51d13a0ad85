package plugins_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

func TestWhatComesFromOutsideStaysOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"one\ntwo\r\nthree\u2028x\vy":   "one two three x y",
		"  a \t b ":                     "a b",
		"a\x00b\x1b[31mc\u009bd":        "ab[31mcd",
		"a\u202eb\u2066c\ufeffd":        "abcd",
		strings.Repeat("é", 20):         strings.Repeat("é", 20),
		strings.Repeat("é", 21):         strings.Repeat("é", 20) + "…",
		strings.Repeat("x", 19) + " yz": strings.Repeat("x", 19) + "…",
		"\n":                            "",
	} {
		if got := plugins.OneLine(text, 20); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestLinesAreTidyAndCut(t *testing.T) {
	for text, want := range map[string]string{
		"\n\na  \r\n\n\n\nb\u202e\n": "a\n\nb",
		strings.Repeat("é", 21):      strings.Repeat("é", 20) + "\n… cut: 1 more characters",
		"":                           "",
	} {
		if got := plugins.Lines(text, 20); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestLongTextsAreCutToWhatFits(t *testing.T) {
	for _, c := range []struct {
		name, text string
		end        string // what the text ends with
	}{
		{"just fits", strings.Repeat("x", chat.MaxBody-256), "x"},
		{"one too many", strings.Repeat("x", chat.MaxBody-255), "x\n… cut: 65 more characters"},
		{"quotation marks, which are two bytes each", strings.Repeat(`"`, 10000), "more characters"},
		{"of three bytes each", strings.Repeat("€", 5000), "more characters"},
		{"of four bytes each", strings.Repeat("😀", 5000), "more characters"},
		{"separators, which are six bytes each", strings.Repeat("a\u2028", 2000), "more characters"},
		{"angle brackets, which are one", strings.Repeat("<", chat.MaxBody-256), "<"},
	} {
		got := plugins.Fit(c.text)
		body, _ := json.Marshal(got)
		if n := len(strings.NewReplacer(`\u003c`, "<").Replace(string(body))); n > chat.MaxBody-250 || n < chat.MaxBody-340 {
			t.Errorf("%s: %d bytes", c.name, n)
		}
		if !strings.HasSuffix(got, c.end) {
			t.Errorf("%s: ends with %q", c.name, got[len(got)-60:])
		}
	}
	lines := strings.TrimSpace(strings.Repeat("https://example.com/0123456789\n", 1000))
	got := plugins.Fit(lines)
	all := strings.Split(got, "\n")
	for _, l := range all[:len(all)-1] {
		if l != "https://example.com/0123456789" {
			t.Fatalf("a link was cut: %q", l)
		}
	}
	if missing := len(lines) - len(got) + len(all[len(all)-1]) + 1; all[len(all)-1] != fmt.Sprintf("… cut: %d more characters", missing) {
		t.Errorf("says %q, and %d are missing", all[len(all)-1], missing)
	}
}

func TestNarrow(t *testing.T) {
	for wide, want := range map[string]string{"／ｖｏｔｅ　２！": "/vote 2!", "vote 2": "vote 2", "投票２": "投票2", "～": "~", "": "", "｟": "｟"} {
		if got := plugins.Narrow(wide); got != want {
			t.Errorf("%s: %s, want %s", wide, got, want)
		}
	}
}
