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

// checkup is what botd doctor was told.
type checkup struct {
	adminClient
	repair, allReceipts, offline bool
	publicURL                    string
	wait                         time.Duration
}

func doctorCommand(p Process, known plugins.Registry) *cobra.Command {
	var x checkup
	c := &cobra.Command{
		Use: "doctor", Short: "Look whether all that botd needs is sound, and say what to do about what is not", Args: cobra.NoArgs,
		Long: `Looks at the store and the files around it, asks the plugins that live elsewhere what
they are, asks the chat service whether it takes the configuration's calls and has its
groups and accounts, and knocks at botd's own door with callbacks that are forged, which
have to be refused. It changes nothing and sends nobody a message, and botd may run or be
stopped. Exit code 1 says that something is wrong.

Each line is one finding: ok; a PROBLEM with what to do about it; or a note of what cannot
be known without sending something, and how to find out. Programs that are plugins are
started for it, also beside a botd that runs, and ended; no event is handed to any.

--offline leaves out the service and the door. --live-callback waits for the service to
tell of something real: write something in a group meanwhile. --repair has the lanes count
again what is ready in them, and mends nothing else; botd must be stopped for that.`,
		Example: "  botd doctor --config bots.yaml\n  botd doctor --public-url https://bots.example.com --live-callback 2m\n  botd doctor --offline --all-receipts --json\n  botd doctor --repair",
		RunE: func(c *cobra.Command, _ []string) error {
			list, err := x.examine(c.Context(), p, known)
			if err != nil {
				return err
			}
			if x.json {
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
	x.flags(c, p)
	c.Flags().BoolVar(&x.repair, "repair", false, "have the lanes count again; botd must be stopped")
	c.Flags().BoolVar(&x.allReceipts, "all-receipts", false, "verify all receipts, and not only the last thousand")
	c.Flags().BoolVar(&x.offline, "offline", false, "ask neither the chat service nor botd's own door")
	c.Flags().StringVar(&x.publicURL, "public-url", "", "where the chat service reaches botd, such as https://bots.example.com; the public listener when absent")
	c.Flags().DurationVar(&x.wait, "live-callback", 0, "how long to wait for a real callback, such as 2m")
	return c
}

// examine does all checks, those first that need no network.
func (x *checkup) examine(ctx context.Context, p Process, known plugins.Registry) ([]store.Finding, error) {
	cfg, secrets, err := withSecrets(p, x.config)
	if err != nil {
		return nil, err
	}
	list, err := examined(ctx, cfg, secrets, x.repair, x.allReceipts)
	if err != nil {
		return nil, err
	}
	if x.offline && !slices.ContainsFunc(cfg.Bots, apart) {
		return append(list, compiledIn), nil
	}
	whole, err := load(x.config, configOptions(p, known))
	if err != nil {
		return append(list, store.Finding{Check: "plugins", Problem: x.config + " cannot be read whole, so neither the plugins in it nor the chat service were asked", //nolint:nilerr // it is a finding
			Remedy: "run this as the account of botd, and with its variables; botd validate says what is wrong"}), nil
	}
	found, err := examinePlugins(ctx, whole, known)
	if err != nil || x.offline {
		return append(list, found...), err
	}
	return append(append(list, found...), x.outside(ctx, p, whole)...), ctx.Err()
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
		switch {
		case f.Problem != "":
			out.line(0, "PROBLEM  %-11s %s", f.Check, f.Problem)
		case f.Remedy != "":
			out.line(0, "note     %-11s %s", f.Check, f.Detail)
		default:
			out.line(0, "ok       %-11s %s", f.Check, f.Detail)
			continue
		}
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
	beside := []string{file, file + "-wal", file + "-shm", file + "-late", file + ".lock", tokenFile(cfg)}
	return append(list, checkModes(append(beside, secrets...)), checkDisk(file)), nil
}

// compiledIn is the finding about plugins that live in botd.
var compiledIn = store.Finding{Check: "plugins", Detail: "all of them are compiled in"}

// examinePlugins asks the plugins that live elsewhere. What they are asked and how may
// stand in variables and secrets, which the checks of the store do without.
func examinePlugins(ctx context.Context, c *config.Config, known plugins.Registry) (found []store.Finding, err error) {
	const check = "plugins"
	if !slices.ContainsFunc(c.Bots, apart) {
		return []store.Finding{compiledIn}, nil
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
