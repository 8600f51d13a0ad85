package author

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
)

// Module is botd's own.
const Module = "github.com/botd-chat/botd"

// Botd is where a module that imports botd gets it from. One of both is said.
type Botd struct {
	Version string // that the go command can download, such as v0.3.0
	Dir     string // a folder with botd's source, absolute
}

// errSource says that nobody knows where botd's source is.
var errSource = errors.New("this botd is a development build, which the go command cannot download: name the folder with its source (--replace-botd)")

// FindBotd says where the botd that runs came from: from a folder that is asked for,
// as a version that was downloaded, or from the folder that it was built in, if that
// is still there.
func FindBotd(asked string) (Botd, error) {
	if asked != "" {
		return botdIn(asked)
	}
	if v := downloaded(); v != "" {
		return Botd{Version: v}, nil
	}
	_, file, _, _ := runtime.Caller(0)
	b, err := botdIn(filepath.Dir(filepath.Dir(file)))
	if err != nil || !filepath.IsAbs(file) { // with -trimpath it is no path of this machine
		return Botd{}, errSource
	}
	return b, nil
}

// downloaded is the version of botd in this program; empty if it was not downloaded.
func downloaded() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == Module && m.Sum != "" && m.Replace == nil {
			return m.Version
		}
	}
	return ""
}

// botdIn is the source in a folder.
func botdIn(folder string) (Botd, error) {
	dir, err := filepath.Abs(folder)
	if err != nil {
		return Botd{}, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "go.mod")) //nolint:gosec // its caller names the folder
	if err != nil {
		return Botd{}, fmt.Errorf("looking for botd's source: %w", err)
	}
	if !bytes.Contains(text, []byte("module "+Module+"\n")) {
		return Botd{}, fmt.Errorf("%s is not botd's source: its go.mod is of another module than %s", dir, Module)
	}
	return Botd{Dir: dir}, nil
}

// Require lists the arguments of go mod edit by which a module gets it.
func (b Botd) Require() []string {
	if b.Dir == "" {
		return []string{"-require=" + Module + "@" + b.Version}
	}
	return []string{"-require=" + Module + "@v0.0.0", "-replace=" + Module + "=" + b.Dir}
}
