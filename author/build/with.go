package build

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/botd-chat/botd/author"
)

// With is a package that has a variable Plugin, as somebody names it.
type With struct {
	Package string // its import path; empty: it is the one in Dir
	Version string // empty: the newest
	Dir     string // a folder of this machine; empty: it is downloaded
}

// ParseWith reads MODULE, MODULE@VERSION, or a path that begins with . or /.
func ParseWith(text string) (With, error) {
	if strings.HasPrefix(text, ".") || filepath.IsAbs(text) {
		dir, err := filepath.Abs(text)
		return With{Dir: dir}, err
	}
	name, version, _ := strings.Cut(text, "@")
	if host, _, ok := strings.Cut(name, "/"); !ok || !strings.Contains(host, ".") {
		return With{}, fmt.Errorf("%q is no package: write its path, such as example.com/team/bots/quiz, or ./%[1]s for a folder", text)
	}
	return With{Package: name, Version: version}, nil
}

// local is the module of a folder.
type local struct{ Path, Dir string }

// find asks which package a folder is. The go command is asked for the module alone,
// since one that nobody has tidied yet will do.
func (w *With) find(ctx context.Context) (l local, err error) {
	if !hasGo(w.Dir) {
		return l, fmt.Errorf("%s holds no Go package", w.Dir)
	}
	out, err := author.Go(ctx, w.Dir, "list", "-m", "-json")
	if err != nil {
		return l, fmt.Errorf("%s: %w", w.Dir, err)
	}
	if err := json.Unmarshal([]byte(out), &l); err != nil {
		return l, fmt.Errorf("%s: what go list says cannot be read: %w", w.Dir, err)
	}
	below, err := filepath.Rel(l.Dir, w.Dir)
	if err != nil {
		return l, err
	}
	w.Package = path.Join(l.Path, filepath.ToSlash(below))
	return l, nil
}

func hasGo(dir string) bool {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	return err == nil && len(files) > 0
}

// add has a module require the package.
func (w *With) add(ctx context.Context, module string) error {
	if w.Dir == "" {
		version := w.Version
		if version == "" {
			version = "latest"
		}
		_, err := author.Go(ctx, module, "get", w.Package+"@"+version)
		return err
	}
	l, err := w.find(ctx)
	if err != nil || l.Path == author.Module {
		return err
	}
	_, err = author.Go(ctx, module, "mod", "edit", "-require="+l.Path+"@v0.0.0", "-replace="+l.Path+"="+l.Dir)
	return err
}

var (
	version = regexp.MustCompile(`^v[0-9]+$`)
	unfit   = regexp.MustCompile(`[^a-z0-9]+`)
)

// alias is a name for a package, which may have any.
func alias(importPath string) string {
	base := path.Base(importPath)
	if version.MatchString(base) {
		base = path.Base(path.Dir(importPath))
	}
	name := unfit.ReplaceAllString(strings.ToLower(base), "")
	if name == "" || name[0] >= '0' && name[0] <= '9' || name == "main" || name == "daemon" {
		name = "p" + name
	}
	return name
}
