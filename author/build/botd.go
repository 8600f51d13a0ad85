package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/botd-chat/botd/author"
)

// Botd is a botd that is to be built. Botd itself is there as well: its own plugins
// are those of its cmd/botd.
type Botd struct {
	From author.Botd // which botd
	With []With      // at least one
	Out  string      // the program to be written; empty: botd, in this folder
	Keep string      // a folder for the module that it is built of; empty: it is not kept
}

// main is the whole of the program.
var main = template.Must(template.New("main.go").Parse(`// Command botd is the bot daemon with the plugins of a team. It was written by
// botd build, and can be changed by hand.
package main

import (
	"github.com/botd-chat/botd/daemon"
{{range .}}	{{if .Named}}{{.Alias}} {{end}}{{printf "%q" .Path}}
{{end}})

func main() {
	daemon.Main(
{{range .}}		{{.Alias}}.Plugin,
{{end}}	)
}
`))

// imported is a package as the program has it.
type imported struct{ Alias, Path string }

// Named reports whether the package has to be given its name: one of a team may have
// another than the end of its path.
func (i imported) Named() bool {
	return !strings.HasPrefix(i.Path, author.Module+"/") || i.Alias != path.Base(i.Path)
}

// Build writes the module and builds it, and returns the program's path. An error of
// the compiler is an [author.GoError].
func (b Botd) Build(ctx context.Context) (string, error) {
	out, err := filepath.Abs(b.Out)
	if b.Out == "" {
		out, err = filepath.Abs("botd")
	}
	if err != nil {
		return "", err
	}
	module, done, err := b.folder()
	if err != nil {
		return "", err
	}
	defer done()
	if err := b.module(ctx, module); err != nil {
		return "", err
	}
	if _, err := author.Go(ctx, module, "build", "-mod=mod", "-o", out, "."); err != nil {
		return "", explain(err, b.With)
	}
	return out, tryOut(ctx, out)
}

// folder is where the module is written, and what removes it in the end.
func (b Botd) folder() (string, func(), error) {
	if b.Keep == "" {
		dir, err := os.MkdirTemp("", "botd-build-")
		return dir, func() { _ = os.RemoveAll(dir) }, err
	}
	dir, err := filepath.Abs(b.Keep)
	if err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // source is for others to read
		return "", nil, err
	}
	if there, err := os.ReadDir(dir); err != nil || len(there) > 0 {
		return "", nil, errors.Join(err, fmt.Errorf("%s is not empty, and nothing in it is written over; name a new folder", dir))
	}
	return dir, func() {}, nil
}

// module writes the module.
func (b Botd) module(ctx context.Context, dir string) error {
	if _, err := author.Go(ctx, dir, "mod", "init", "botd"); err != nil {
		return err
	}
	if _, err := author.Go(ctx, dir, append([]string{"mod", "edit"}, b.From.Require()...)...); err != nil {
		return err
	}
	if err := b.sums(dir); err != nil {
		return err
	}
	for i := range b.With {
		if err := b.With[i].add(ctx, dir); err != nil {
			return err
		}
	}
	own, err := author.Go(ctx, dir, "list", "-mod=mod", "-f", `{{join .Imports "\n"}}`, author.Module+"/cmd/botd")
	if err != nil {
		return fmt.Errorf("looking for botd's own plugins: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, "main.go"), b.program(own), 0o644) //nolint:gosec // source is for others to read
}

// sums begins with the checksums that botd's source has, so that they need not be
// asked for.
func (b Botd) sums(dir string) error {
	if b.From.Dir == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(b.From.Dir, "go.sum"))
	if err != nil {
		return fmt.Errorf("reading the checksums of botd's source: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, "go.sum"), text, 0o644) //nolint:gosec // source is for others to read
}

// program is main.go; own lists what botd's own program imports.
func (b Botd) program(own string) []byte {
	var all []imported
	taken := map[string]bool{}
	add := func(of string) {
		name := alias(of)
		for n := 2; taken[name]; n++ {
			name = fmt.Sprint(alias(of), n)
		}
		taken[name] = true
		all = append(all, imported{name, of})
	}
	for of := range strings.FieldsSeq(own) {
		if strings.HasPrefix(of, author.Module+"/plugins/") {
			add(of)
		}
	}
	for _, w := range b.With {
		add(w.Package)
	}
	var text bytes.Buffer
	if err := main.Execute(&text, all); err != nil {
		panic(fmt.Sprintf("build: the template of main.go: %v", err))
	}
	pretty, err := format.Source(text.Bytes())
	if err != nil {
		panic(fmt.Sprintf("build: main.go is no Go: %v\n%s", err, text.Bytes()))
	}
	return pretty
}

// explain says what is missing in a package that has no Plugin, for the compiler says
// it of a line that nobody wrote.
func explain(err error, with []With) error {
	failed, ok := errors.AsType[*author.GoError](err)
	if !ok || !strings.Contains(failed.Output, ".Plugin") {
		return err
	}
	var names []string
	for _, w := range with {
		names = append(names, w.Package)
	}
	return fmt.Errorf("%w\na package to build with has a variable Plugin, made by plugins.Define: var Plugin = plugins.Define(…); asked for was %s", err, strings.Join(names, ", "))
}

// tryOut starts the program once: two plugins of one name, which the compiler does not
// mind, end it at once.
func tryOut(ctx context.Context, program string) error {
	text, err := exec.CommandContext(ctx, program, "version").CombinedOutput() //nolint:gosec // it was just built
	if err == nil {
		return nil
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return fmt.Errorf("it was built and does not start: %s", first)
}
