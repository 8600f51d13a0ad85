package daemon

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/store"
)

func doctorCommand(p Process, known plugins.Registry) *cobra.Command {
	var path string
	var asJSON, repair, all bool
	c := &cobra.Command{
		Use: "doctor", Short: "Look whether the store, the files around it and the plugins are sound", Args: cobra.NoArgs,
		Long: `Reads the whole store and says of each check whether all is well, and what to do if
not. It changes nothing, and botd may run or be stopped. Exit code 1 says that something
is wrong.

It asks the plugins that live elsewhere what they are, and holds the bots' options and
triggers against that. Those that botd starts are started for it, also beside a botd that
runs, and ended; no event is handed to any.

--repair has the lanes count again what is ready in them, and mends nothing else; botd
must be stopped for that.`,
		Example: "  botd doctor --config bots.yaml\n  botd doctor --all-receipts --json\n  botd doctor --repair",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, secrets, err := withSecrets(p, path)
			if err != nil {
				return err
			}
			list, err := examined(c.Context(), cfg, secrets, repair, all)
			if err != nil {
				return err
			}
			found, err := examinePlugins(c.Context(), p, path, cfg, known)
			if err != nil {
				return err
			}
			list = append(list, found...)
			if asJSON {
				err = printJSON(c.OutOrStdout(), list)
			} else {
				err = printFindings(c.OutOrStdout(), list)
			}
			if wrong := problems(list); err == nil && wrong > 0 {
				return fmt.Errorf("%d found", count(wrong, "problem"))
			}
			return err
		},
	}
	configFlag(c, p, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&repair, "repair", false, "have the lanes count again; botd must be stopped")
	c.Flags().BoolVar(&all, "all-receipts", false, "verify all receipts, and not only the last thousand")
	return c
}

func problems(list []store.Finding) (n int) {
	for _, f := range list {
		if f.Problem != "" {
			n++
		}
	}
	return n
}

func printFindings(w io.Writer, list []store.Finding) error {
	out := &printer{w: w}
	for _, f := range list {
		if f.Problem == "" {
			out.line(0, "ok       %-10s %s", f.Check, f.Detail)
			continue
		}
		out.line(0, "PROBLEM  %-10s %s", f.Check, f.Problem)
		out.line(10, "%s", f.Remedy)
	}
	return out.err
}

// withSecrets reads a configuration for where the store and the files of secrets
// are, and none of these.
func withSecrets(p Process, path string) (*config.Config, []string, error) {
	folder := filepath.Dir(path)
	o := addressesOnly(p, folder)
	var files []string
	o.ReadSecret = func(ref config.SecretRef) (config.Secret, error) {
		if ref.File != "" {
			if !filepath.IsAbs(ref.File) {
				ref.File = filepath.Join(folder, ref.File)
			}
			files = append(files, ref.File)
		}
		return config.NewSecret(notRead), nil
	}
	// The keys of applications are found only if what else is said of these can be
	// read, for which variables may be needed that are not set here.
	applications := o.Apps
	o.Apps = nil
	cfg, err := load(path, o)
	if err != nil {
		files, o.Apps = nil, applications
		cfg, err = load(path, o)
	}
	return cfg, files, err
}

// examined is what all checks came to.
func examined(ctx context.Context, cfg *config.Config, secrets []string, repair, allReceipts bool) ([]store.Finding, error) {
	file := cfg.Store.SQLite
	if !exists(file) {
		return []store.Finding{{Check: "file", Problem: "there is no store " + file,
			Remedy: "start botd once, which makes it; or run this in the folder that botd runs in, where its path begins"}}, nil
	}
	var list []store.Finding
	if repair {
		n, err := store.RepairLanes(ctx, "sqlite:"+file)
		if err != nil {
			return nil, err
		}
		list = append(list, store.Finding{Check: "repair", Detail: fmt.Sprintf("%d counted again", count(n, "lane"))})
	}
	found, err := store.Examine(ctx, "sqlite:"+file, time.Now())
	if err != nil {
		return nil, err
	}
	list = append(list, found...)
	if problems(found) == 0 { // else they would be read from a file that cannot be trusted
		list = append(list, examineReceipts(ctx, file, allReceipts))
	}
	beside := []string{file, file + "-wal", file + "-shm", file + ".lock", tokenFile(cfg)}
	return append(list, checkModes(append(beside, secrets...)), checkDisk(file)), nil
}

// examinePlugins asks the plugins that live elsewhere. What they are asked and how may
// stand in variables and secrets, which all other checks do without.
func examinePlugins(ctx context.Context, p Process, path string, c *config.Config, known plugins.Registry) (found []store.Finding, err error) {
	const check = "plugins"
	if !slices.ContainsFunc(c.Bots, apart) {
		return []store.Finding{{Check: check, Detail: "all of them are compiled in"}}, nil
	}
	if c, err = load(path, configOptions(p, known)); err != nil {
		return []store.Finding{{Check: check, Problem: path + " cannot be read whole, so the plugins in it were not asked", //nolint:nilerr // it is a finding
			Remedy: "run this as the account of botd, and with its variables; botd validate says what is wrong"}}, nil
	}
	list, err := askPlugins(ctx, c, known)
	for _, a := range list {
		for _, problem := range a.problems {
			remedy := problem.Remedy
			problem.Remedy = ""
			found = append(found, store.Finding{Check: check, Problem: problem.String(), Remedy: remedy})
		}
		if len(a.problems) == 0 {
			found = append(found, store.Finding{Check: check, Detail: a.String()})
		}
	}
	return found, err
}

// checkModes looks for files that everybody on the machine can read or change.
func checkModes(files []string) store.Finding {
	if runtime.GOOS == "windows" {
		return store.Finding{Check: "files", Detail: "who can read them is not looked at on Windows"}
	}
	slices.Sort(files)
	var open []string
	for _, file := range slices.Compact(files) {
		info, err := os.Stat(file)
		if err == nil && info.Mode().Perm()&0o007 != 0 {
			open = append(open, fmt.Sprintf("%s (%v)", file, info.Mode().Perm()))
		}
	}
	if len(open) == 0 {
		return store.Finding{Check: "files", Detail: "nobody else can read the store and the secrets"}
	}
	return store.Finding{Check: "files", Problem: "everybody on this machine can read or change " + strings.Join(open, ", "), Remedy: "chmod o-rwx them"}
}

// leastFree is how much room there must be. A full disk loses nothing, and
// webhooks are refused until there is room.
const leastFree = 256 << 20

func checkDisk(file string) store.Finding {
	free, err := freeSpace(filepath.Dir(file))
	if err != nil {
		return store.Finding{Check: "disk", Detail: "how much is free is not known: " + err.Error()}
	}
	return judgeDisk(free)
}

func judgeDisk(free uint64) store.Finding {
	mb := free >> 20
	if free < leastFree {
		return store.Finding{Check: "disk", Problem: fmt.Sprintf("%d MiB are free", mb), Remedy: "make room, or set retention: max_size; when the disk is full botd refuses webhooks"}
	}
	return store.Finding{Check: "disk", Detail: fmt.Sprintf("%d MiB are free", mb)}
}
