package dev

import (
	"context"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// stamp is what is different of a file that was saved.
type stamp struct {
	at   time.Time
	size int64
}

// Watcher tells which files below a folder are saved.
type Watcher struct {
	dir  string
	told map[string]stamp // as they stood when they were told of, or at the beginning
}

// NewWatcher remembers how the files stand now.
func NewWatcher(dir string) *Watcher { return &Watcher{dir, look(dir)} }

// Watch tells the files that were saved, made or removed, by their paths from the
// folder on, until ctx ends. It looks every so often, and tells once nothing more
// happened between two looks, so that what is saved together is told together. What
// tools write (hidden folders, bin, node_modules, secrets, stores) is passed over.
func (w *Watcher) Watch(ctx context.Context, every time.Duration, saved func(files []string)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	last := w.told
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := look(w.dir)
		if maps.Equal(now, last) && !maps.Equal(now, w.told) {
			files := different(w.told, now)
			w.told = now // what is saved from here on is told next
			saved(files)
		}
		last = now
	}
}

func different(before, after map[string]stamp) (files []string) {
	for name, s := range after {
		if before[name] != s {
			files = append(files, name)
		}
	}
	for name := range before {
		if _, still := after[name]; !still {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return files
}

// look is how the files stand. What cannot be read is not there.
func look(dir string) map[string]stamp {
	files := map[string]stamp{}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // it was removed meanwhile
		case d.IsDir() && path != dir && passed(d.Name()):
			return fs.SkipDir
		case d.IsDir() || byATool(d.Name()):
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil //nolint:nilerr // the same
		}
		name, _ := filepath.Rel(dir, path) // it is below it
		files[name] = stamp{info.ModTime(), info.Size()}
		return nil
	})
	return files
}

func passed(folder string) bool {
	return strings.HasPrefix(folder, ".") || slices.Contains([]string{"bin", "node_modules", "vendor", "secrets", "__pycache__"}, folder)
}

func byATool(file string) bool {
	return strings.HasPrefix(file, ".") || strings.HasSuffix(file, "~") || strings.Contains(file, ".db")
}
