package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/store"
)

// copied is what botd backup prints.
type copied struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
	From  string `json:"from"` // "the running botd", or the store's file
}

func backupCommand(p Process) *cobra.Command {
	var a adminClient
	var force bool
	c := &cobra.Command{
		Use: "backup FILE", Short: "Copy the store, also while botd runs", Args: cobra.ExactArgs(1),
		Long: `Writes the store as it is at one moment to FILE, which only you can read, and looks
whether the copy is whole before it says so. A botd that runs makes the copy and goes
on meanwhile; if none runs, the store's file is copied.

The copy holds payloads and messages: keep it as private as the original.`,
		Example: "  botd backup /backups/botd.db\n  botd backup --force /backups/botd.db --json",
		RunE: func(c *cobra.Command, args []string) error {
			done, err := backUp(c.Context(), p, &a, args[0], force)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(c.OutOrStdout(), done)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "copied %s to %s: %d bytes, and whole\n", done.From, done.File, done.Bytes)
			return err
		},
	}
	a.flags(c, p)
	c.Flags().BoolVar(&force, "force", false, "replace FILE if it is there")
	return c
}

// backUp writes beside path first, so that a backup that was there is replaced
// by a whole one or not at all.
func backUp(ctx context.Context, p Process, a *adminClient, path string, force bool) (done copied, err error) {
	if !force && exists(path) {
		return done, fmt.Errorf("%s is there already; name another file, or replace it with --force", path)
	}
	partial := path + ".partial"
	if err := os.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return done, fmt.Errorf("removing what an earlier backup left: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(partial)
		}
	}()
	if done.From, err = copyTo(ctx, p, a, partial); err != nil {
		return done, err
	}
	if err := store.CheckFile(ctx, partial); err != nil {
		return done, fmt.Errorf("the copy is of no use: %w", err)
	}
	info, err := os.Stat(partial)
	if err != nil {
		return done, err
	}
	done.File, done.Bytes = path, info.Size()
	return done, moveTo(partial, path, force)
}

// moveTo gives a file its name. Without force it must be a new one even if
// somebody makes it at this moment.
func moveTo(from, to string, force bool) error {
	if !force {
		f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator names the file
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return store.Flush(to)
}

// copyTo has the running botd make the copy, or makes it from the store's file
// if none runs.
func copyTo(ctx context.Context, p Process, a *adminClient, path string) (from string, err error) {
	err = a.download(ctx, p, "/v1/backup", path)
	if err == nil {
		return "the store of the running botd", nil
	}
	if !errors.Is(err, syscall.ECONNREFUSED) || a.url != "" {
		return "", err
	}
	cfg, err := storeOnly(p, a.config)
	if err != nil {
		return "", err
	}
	_ = os.Remove(path)
	return cfg.Store.SQLite, store.BackupFile(ctx, "sqlite:"+cfg.Store.SQLite, path)
}

// download posts to the running botd and writes what it answers to a new file.
func (a *adminClient) download(ctx context.Context, p Process, route, path string) (err error) {
	res, err := a.content(ctx, p, http.MethodPost, route, console.BackupType)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	n, err := io.Copy(f, res.Body)
	if err == nil && n != res.ContentLength {
		err = fmt.Errorf("%d bytes of %d came", n, res.ContentLength)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("receiving the backup: %w", err)
	}
	return nil
}

// content asks the running botd for something of that type that is not JSON. Its
// body is to be closed.
func (a *adminClient) content(ctx context.Context, p Process, method, route, kind string) (*http.Response, error) {
	base, token, err := a.locate(p)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, base+route, nil)
	if err != nil {
		return nil, usage("--admin %q is no address: %w", base, err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("asking botd at %s: %w; is it running?", base, unwrapURL(err))
	}
	if res.StatusCode == http.StatusOK && res.Header.Get("Content-Type") == kind {
		return res, nil
	}
	defer func() { _ = res.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20)) // what cannot be read is not shown
	return nil, refusal(base, res.StatusCode, text)
}

func restoreCommand(p Process) *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "restore FILE", Short: "Put a backup in the place of the store of a botd that is stopped", Args: cobra.ExactArgs(1),
		Long: `Looks whether the backup is whole, sets the present store aside under another name,
and puts a copy of the backup in its place. botd must be stopped.

What was accepted after the backup is not in it. What was sent after it, and was ready
in it, is sent again when botd starts: pause first if that matters, with
botd pause all in the running botd before the backup is made.`,
		Example: "  botd restore /backups/botd.db --config bots.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := storeOnly(p, path)
			if err != nil {
				return err
			}
			kept, err := store.Restore(c.Context(), "sqlite:"+cfg.Store.SQLite, args[0], time.Now())
			if err != nil {
				return err
			}
			text := fmt.Sprintf("restored %s from %s", cfg.Store.SQLite, args[0])
			if kept != "" {
				text += "; what was there is " + kept
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), text)
			return err
		},
	}
	configFlag(c, p, &path)
	return c
}

// storeOnly reads a configuration for where the store is.
func storeOnly(p Process, path string) (*config.Config, error) {
	return load(path, addressesOnly(p, filepath.Dir(path)))
}
