package dev

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/botd-chat/botd/author"
)

// GoProgram is a program that is built from Go: bin/NAME of cmd/NAME, in the folder of a
// module.
type GoProgram struct{ Dir, Name string }

// FindGo reports whether the program of a plugin, as its configuration in a folder
// names it, is one that is built from Go there.
func FindGo(dir string, args []string) (p GoProgram, ok bool) {
	if len(args) == 0 {
		return p, false
	}
	folder, name := filepath.Split(filepath.FromSlash(args[0]))
	if filepath.Clean(folder) != "bin" || !there(dir, "go.mod") || !there(dir, "cmd", name) {
		return p, false
	}
	return GoProgram{dir, name}, true
}

func there(path ...string) bool {
	_, err := os.Stat(filepath.Join(path...))
	return err == nil
}

// Build builds the program in the place of the one that is there. After an error, which
// is an [author.GoError] if it is the compiler's, that one is as it was.
func (p GoProgram) Build(ctx context.Context) error {
	bin := filepath.Join(p.Dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil { //nolint:gosec // as the go command makes it
		return err
	}
	fresh := filepath.Join(bin, "."+p.Name+".new")
	_, err := author.Go(ctx, p.Dir, "build", "-o", fresh, "./cmd/"+p.Name)
	if err != nil {
		return errors.Join(err, removed(fresh))
	}
	// One that runs keeps its file, since this is another one.
	if err := os.Rename(fresh, filepath.Join(bin, p.Name)); err != nil {
		return fmt.Errorf("putting the new program in place: %w", err)
	}
	return nil
}

func removed(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Concerns reports whether the program has to be built again when these files are saved.
func (p GoProgram) Concerns(files []string) bool {
	return slices.ContainsFunc(files, func(f string) bool {
		return strings.HasSuffix(f, ".go") && !strings.HasSuffix(f, "_test.go") || f == "go.mod" || f == "go.sum"
	})
}
