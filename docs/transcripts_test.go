package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a leak looks like is what botd test says of the page's first transcript when
// somebody who saw a message is left out.
func TestTheLeakOnThePageIsFound(t *testing.T) {
	transcript, err := os.ReadFile("examples/transcripts/quiz.chat")
	if err != nil {
		t.Fatal(err)
	}
	want, err := filepath.Abs("examples/transcripts/leak.txt")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	leak := strings.Replace(string(transcript), "< ann bo: cy answered", "< ann: cy answered", 1)
	if err := os.WriteFile("quiz.chat", []byte(leak), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := run(t, "test", "quiz.chat")
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(want, []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(want); code != 1 || err != nil || string(text) != out {
		t.Errorf("%d %v\n%s", code, err, out)
	}
}
