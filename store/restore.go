package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Restore puts the backup at from in the place of a store that no process has
// open. What was there before is kept under the name that is returned; empty if
// nothing was. The backup is checked first.
func Restore(ctx context.Context, rawURL, from string, now time.Time) (kept string, err error) {
	path, err := pathOf(rawURL)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("restore %s from %s: %w", path, from, err)
		}
	}()
	if err := CheckFile(ctx, from); err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	l, err := lock(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	fresh := path + ".restoring"
	if err := copyFile(from, fresh); err != nil {
		return "", errors.Join(err, os.Remove(fresh))
	}
	if kept, err = keepOld(path, now); err != nil {
		return "", err
	}
	if err := os.Rename(fresh, path); err != nil {
		return kept, err
	}
	return kept, flushFolder(filepath.Dir(path))
}

func copyFile(from, to string) error {
	in, err := os.Open(from) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // beside the operator's file
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// keepOld renames a store, together with the files beside it: a write-ahead
// log that stays behind would be taken for that of the next file of the name.
func keepOld(path string, now time.Time) (kept string, err error) {
	name := path + ".before-" + now.UTC().Format("20060102T150405Z")
	for _, part := range []string{"-wal", "-shm", "-late", ""} {
		err := os.Rename(path+part, name+part)
		switch {
		case err == nil:
			kept = name
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
	}
	return kept, nil
}
