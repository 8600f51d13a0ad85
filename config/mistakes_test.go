package config

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// mistake is one case of testdata/mistakes*.txt.
type mistake struct {
	name  string
	whole string   // the file, when it is not good.yaml with an edit
	edit  []string // lines that begin with - or +, or =
	want  []string
}

// readMistakes reads cases of this form:
//
//	# what is wrong
//	-lines of good.yaml, whole, one below the other
//	+what stands there instead; without a line above, at the end of the file
//	= or else the whole file, in Go's quotes
//	! a problem, as it is printed; one line each
//	~ not marked in an editor, where the schema cannot tell
func readMistakes(t *testing.T, text string) (intro string, all []mistake) {
	t.Helper()
	intro, rest, _ := strings.Cut(text, "\n\n")
	for block := range strings.SplitSeq(strings.TrimSpace(rest), "\n\n") {
		var m mistake
		for line := range strings.SplitSeq(block, "\n") {
			switch line[0] {
			case '#':
				m.name = line[2:]
			case '-', '+':
				m.edit = append(m.edit, line)
			case '=':
				m.edit = append(m.edit, line)
				whole, err := strconv.Unquote(line[2:])
				if err != nil {
					t.Fatalf("cannot read %q: %v", line, err)
				}
				m.whole += whole
			case '!', '~':
				m.want = append(m.want, line)
			default:
				t.Fatalf("cannot read %q", line)
			}
		}
		all = append(all, m)
	}
	return intro, all
}

// apply makes the mistake in the file.
func (m mistake) apply(t *testing.T, good string) string {
	t.Helper()
	text := good
	if m.edit[0][0] == '=' {
		return m.whole
	}
	for rest := m.edit; len(rest) > 0; {
		var from, to string
		from, rest = take(rest, '-')
		to, rest = take(rest, '+')
		switch {
		case from == "":
			text += to
		case !strings.Contains("\n"+text, "\n"+from):
			t.Fatalf("good.yaml has no\n%s", from)
		default:
			text = strings.Replace("\n"+text, "\n"+from, "\n"+to, 1)[1:]
		}
	}
	return text
}

// take cuts the lines with that mark off the front.
func take(edit []string, mark byte) (text string, rest []string) {
	for len(edit) > 0 && edit[0][0] == mark {
		text += edit[0][1:] + "\n"
		edit = edit[1:]
	}
	return text, edit
}

func TestEveryMistakeIsExplained(t *testing.T) {
	good := string(testdata(t, "good.yaml"))
	files, err := filepath.Glob("testdata/mistakes*.txt")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, file := range files {
		texts[file] = string(testdata(t, filepath.Base(file)))
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	inFolder(t)
	if ps := problemsOf(t, []byte(good), fakes()); ps != nil {
		t.Fatalf("good.yaml has problems:\n%v", ps)
	}
	s := SchemaOf(t, fakes())
	seen, marked := map[string]string{}, 0
	for _, file := range files {
		intro, all := readMistakes(t, texts[file])
		out := []string{intro}
		for _, m := range all {
			t.Run(m.name, func(t *testing.T) {
				text := m.apply(t, good)
				if other, twice := seen[text]; twice {
					t.Errorf("is the same mistake as %q", other)
				}
				seen[text] = m.name
				got := explained(t, text)
				if Marked(s, []byte(text)) != nil {
					marked++
				} else {
					got = append(got, "~ not marked in an editor")
				}
				if d := cmp.Diff(m.want, got); d != "" && os.Getenv("UPDATE") == "" {
					t.Error(d)
				}
				out = append(out, strings.Join(slices.Concat([]string{"# " + m.name}, m.edit, got), "\n"))
			})
		}
		if os.Getenv("UPDATE") != "" && !t.Failed() {
			if err := os.WriteFile(filepath.Join(here, file), []byte(strings.Join(out, "\n\n")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d mistakes, of which an editor with the schema marks %d", len(seen), marked)
	if len(seen) < 200 {
		t.Errorf("only %d mistakes", len(seen))
	}
}

// explained is what is said about a file, a line for each problem. Each has to
// give its place, unless it is of the file as a whole, and none may repeat what
// is meant to be kept.
func explained(t *testing.T, text string) (lines []string) {
	t.Helper()
	ps := problemsOf(t, []byte(text), fakes())
	if ps == nil {
		t.Fatal("the mistake is not seen")
	}
	for _, p := range ps {
		said := p.String()
		if strings.Contains(said, variables["HIDDEN"]) || strings.Contains(said, "canary") {
			t.Errorf("it tells what nobody may see: %s", said)
		}
		if p.What == "" || p.Line == 0 && len(text) > 10 && strings.ContainsFunc(text, unicode.IsLetter) {
			t.Errorf("without a place or a reason: %s", said)
		}
		// What a plugin says, or whoever reads certificates, has its remedy in it.
		if theirs := strings.Contains(p.Path, ".options") || strings.Contains(p.Path, ".rules") || strings.HasPrefix(p.What, "notice") || p.Path == "listen.tls"; p.Remedy == "" && !theirs {
			t.Errorf("without a remedy: %s", said)
		}
		for line := range strings.SplitSeq(said, "\n") { // those after the first are the excerpt
			lines = append(lines, "! "+line)
		}
	}
	return lines
}
