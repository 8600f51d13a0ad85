package scaffold

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/botd-chat/botd/author"
	"github.com/botd-chat/botd/plugins"
)

//go:embed templates
var templates embed.FS

// Plugin is a plugin that is to be written.
type Plugin struct {
	Name string // as plugins.Define wants it: small letters, digits and dashes
	Lang Lang
	Dir  string      // the folder it is written to
	From author.Botd // in Go: which botd it is written with
}

// Write writes the plugin and returns the files. Nothing is written over: if one of
// them is there, none is written.
func (p Plugin) Write(ctx context.Context) ([]string, error) {
	if err := plugins.CheckName(p.Name); err != nil {
		return nil, err
	}
	if p.File() == p.Half() {
		return nil, fmt.Errorf("%s is the half of the plugin that nobody edits; give the plugin another name", p.Half())
	}
	files := p.Lang.files(p)
	if err := p.free(files); err != nil {
		return nil, err
	}
	var written []string
	for _, f := range files {
		text, err := p.fill(f)
		if err != nil {
			return written, err
		}
		path := filepath.Join(p.Dir, filepath.FromSlash(f.path))
		if err := write(path, text); err != nil {
			return written, err
		}
		written = append(written, path)
	}
	return written, p.finish(ctx)
}

// free reports files that are there already.
func (p Plugin) free(files []file) error {
	var there []string
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(p.Dir, f.path)); !errors.Is(err, fs.ErrNotExist) {
			there = append(there, f.path)
		}
	}
	if len(there) > 0 {
		return fmt.Errorf("%s has %s already, and nothing was written; name another folder (--dir)", p.Dir, strings.Join(there, ", "))
	}
	return nil
}

func (p Plugin) fill(f file) ([]byte, error) {
	text, err := templates.ReadFile("templates/" + f.template + ".tmpl")
	if err != nil {
		return nil, err
	}
	t, err := template.New(f.template).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, p)
	return out.Bytes(), err
}

func write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // source is for others to read
		return err
	}
	return os.WriteFile(path, text, 0o644) //nolint:gosec // source is for others to read
}

// finish has a Go module require botd.
func (p Plugin) finish(ctx context.Context) error {
	if p.Lang != Go {
		return nil
	}
	if _, err := author.Go(ctx, p.Dir, append([]string{"mod", "edit"}, p.From.Require()...)...); err != nil {
		return fmt.Errorf("%s is written, and its go.mod does not require botd: %w", p.Dir, err)
	}
	return nil
}

// Package is the name of the Go package.
func (p Plugin) Package() string { return strings.ReplaceAll(p.Name, "-", "") }

// GoVersion is what the module says it needs.
func (Plugin) GoVersion() string { return "1.26.0" }
