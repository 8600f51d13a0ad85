// Package docs_test holds the pages to the code: what they quote is what is
// there, and what they tell the reader to run runs.
package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/docs/examples/homework"
)

func TestMain(m *testing.M) {
	host.Child(homework.Plugin) // this binary is also an isolated plugin
	goleak.VerifyTestMain(m)
}

// A page quotes a file, or some whole lines of it that stand together, in a
// code block after a comment with the file's path: <!-- examples/x.go -->
var (
	block = regexp.MustCompile("(?ms)^(?:<!-- (\\S+) -->\n)?```(\\w*)\n(.*?)^```$")
	link  = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)\s]*)?\)`)
)

// quoted are the languages in which a block must be quoted from a file that is
// compiled, run or loaded somewhere. The others are commands, and what is shown.
var quoted = map[string]bool{"go": true, "python": true, "ts": true, "typescript": true, "yaml": true, "chat": true}

func TestWhatAPageQuotesIsWhatTheFileSays(t *testing.T) {
	for page, text := range pages(t) {
		for _, found := range block.FindAllStringSubmatch(text, -1) {
			source, language, quote := found[1], found[2], found[3]
			first, _, _ := strings.Cut(quote, "\n")
			if source == "" {
				if quoted[language] {
					t.Errorf("%s: the %s block that begins with %q is not said to be from a file", page, language, first)
				}
				continue
			}
			file, err := os.ReadFile(filepath.Join(filepath.Dir(page), filepath.FromSlash(source)))
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if !strings.Contains("\n"+string(file), "\n"+quote) {
				t.Errorf("%s: the block that begins with %q is not in %s as it stands there", page, first, source)
			}
		}
	}
}

func TestLinksBetweenPagesLeadSomewhere(t *testing.T) {
	for page, text := range pages(t) {
		for _, found := range link.FindAllStringSubmatch(block.ReplaceAllString(text, ""), -1) {
			if target := found[1]; !strings.Contains(target, "://") {
				if _, err := os.Stat(filepath.Join(filepath.Dir(page), filepath.FromSlash(target))); err != nil {
					t.Errorf("%s links to %s: %v", page, target, err)
				}
			}
		}
	}
}

// pages reads all pages for people, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"*.md", "adr/*.md", "senders/*.md", "../*.md"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all[name] = string(b)
		}
	}
	return all
}
