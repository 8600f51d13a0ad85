package config

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// MaxSize is the largest configuration file, in bytes.
const MaxSize = 1 << 20

// Sample is bots.yaml of this folder: the file to begin with.
//
//go:embed bots.yaml
var Sample []byte

// SampleCalendar is the name of the calendar that the sample has beside it.
const SampleCalendar = "kr-holidays.txt"

// SampleDates is what is in that calendar.
//
//go:embed kr-holidays.txt
var SampleDates []byte

// Load reads and checks the configuration at path. The error is [Problems],
// and then there is no Config: a part of a configuration is none.
func Load(path string, o Options) (*Config, error) {
	data, err := dataOf(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data, o)
}

// Reach reads a configuration for where the botd that runs with it is reached:
// where it listens, its admin token, and the store that the token is beside. What
// is wrong elsewhere, perhaps because somebody is writing at this moment, keeps
// nobody from asking that botd something, or from holding it up.
func Reach(path string, o Options) (*Config, error) {
	data, err := dataOf(path)
	if err != nil {
		return nil, err
	}
	c, r := parse(path, data, o)
	elsewhere := func(p Problem) bool {
		part, _, _ := strings.Cut(p.Path, ".")
		return slices.Contains([]string{"apps", "bots", "calendars", "credentials", "retention"}, part)
	}
	if wrong := slices.DeleteFunc(r.problems, elsewhere); len(wrong) > 0 {
		wrong.sort()
		return nil, wrong
	}
	return c, nil
}

func dataOf(path string) ([]byte, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, Problems{{File: path, What: fmt.Sprintf("the file cannot be read: %v", reason(err)), Remedy: remedyFor(err)}}
	}
	return data, nil
}

// remedyFor says what to do about a file that cannot be read.
func remedyFor(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return "let the account that botd runs as read it (chmod, chown), or name another file with --config"
	}
	return "name the file with --config"
}

// Parse is [Load] for a configuration that was read already. The file's name
// is for problems, and for where relative paths of secrets begin.
func Parse(file string, data []byte, o Options) (*Config, error) {
	c, r := parse(file, data, o)
	if len(r.problems) > 0 {
		r.problems.sort()
		return nil, r.problems
	}
	r.warnings.sort()
	c.Warnings = r.warnings
	return c, nil
}

// parse reads what can be read. The reader has the problems.
func parse(file string, data []byte, o Options) (*Config, *reader) {
	r := &reader{file: file, dir: filepath.Dir(file), opt: o.withDefaults()}
	c := &Config{File: file}
	if root, ok := r.document(data); ok {
		r.config(root, c)
	}
	return c, r
}

// readFile reads one byte more than is allowed at most, so that what is too
// large is noticed and not held.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxSize+1))
}
