package docs_test

import (
	"os"
	"strings"
	"testing"
)

// Whoever copies the pieces of the page one below the other has the file.
func TestThePiecesOfThePluginOnThePageAreTheWholeOfIt(t *testing.T) {
	page, err := os.ReadFile("write-a-plugin.md")
	if err != nil {
		t.Fatal(err)
	}
	const source = "examples/homework/homework.go"
	file, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	var pieces strings.Builder
	for _, found := range block.FindAllStringSubmatch(string(page), -1) {
		if found[1] == source {
			pieces.WriteString(found[3])
		}
	}
	_, whole, _ := strings.Cut(string(file), "\npackage ")
	if got, want := lines(pieces.String()), lines("package "+whole); got != want {
		t.Errorf("the pieces are\n%s\nand the file is\n%s", got, want)
	}
}

// lines is a text without its empty lines.
func lines(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}
