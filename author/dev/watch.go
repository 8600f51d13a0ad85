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

// Watch tells the files below a folder that were saved, made or removed, by their paths
// from there on, until ctx ends. It looks every so often, and tells once nothing more
// happened between two looks, so that what is saved together is told together. What
// tools write (hidden folders, bin, node_modules, secrets, stores) is passed over.
func Watch(ctx context.Context, dir string, every time.Duration, saved func(files []string)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	told := look(dir)
	last := told
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := look(dir)
		if maps.Equal(now, last) && !maps.Equal(now, told) {
			saved(different(told, now))
			now = look(dir) // what is built meanwhile was not saved by anybody
			told = now
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
