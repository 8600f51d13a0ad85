package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mistake is one case of testdata/mistakes.txt.
type mistake struct {
	name string
	edit []string // lines that begin with - or +
	want []string
}

// readMistakes reads cases of this form:
//
//	# what is wrong
//	-lines of good.yaml, whole, one below the other
//	+what stands there instead; without a line above, at the end of the file
//	! a problem, as it is printed; one line each
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
			case '!':
				m.want = append(m.want, line[2:])
			default:
				t.Fatalf("mistakes.txt: cannot read %q", line)
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
	intro, all := readMistakes(t, string(testdata(t, "mistakes.txt")))
	golden, err := filepath.Abs("testdata/mistakes.txt")
	if err != nil {
		t.Fatal(err)
	}
	inFolder(t)
	if ps := problemsOf(t, []byte(good), fakes()); ps != nil {
		t.Fatalf("good.yaml has problems:\n%v", ps)
	}
	if len(all) < 60 {
		t.Errorf("only %d mistakes", len(all))
	}
	update := os.Getenv("UPDATE") != ""
	out := []string{intro}
	for _, m := range all {
		t.Run(m.name, func(t *testing.T) {
			ps := problemsOf(t, []byte(m.apply(t, good)), fakes())
			if ps == nil {
				t.Fatal("the mistake is not seen")
			}
			got := ps.Error()
			if want := strings.Join(m.want, "\n"); got != want && !update {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if strings.Contains(got, variables["HIDDEN"]) {
				t.Error("the problems tell what a variable holds")
			}
			block := append([]string{"# " + m.name}, m.edit...)
			for line := range strings.SplitSeq(got, "\n") {
				block = append(block, "! "+line)
			}
			out = append(out, strings.Join(block, "\n"))
		})
	}
	if update && !t.Failed() {
		if err := os.WriteFile(golden, []byte(strings.Join(out, "\n\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
