package daemon

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/accounts"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
)

func accountsCommand(p Process, known plugins.Registry) *cobra.Command {
	return group("accounts", "See and make the accounts under which bots speak", accountsList(p, known), accountsCreate(p, known))
}

func accountsList(p Process, known plugins.Registry) *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the accounts that a configuration names, and whether each exists", Args: cobra.NoArgs,
		Long: `Asks the chat service about the administrators and the bots' accounts of a
configuration. Nothing is changed, and botd may run or be stopped. Exit code 1 says that
an account is missing.`,
		Example: "  botd accounts list --config bots.yaml\n  botd accounts list --json",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := load(path, configOptions(p, known))
			if err != nil {
				return err
			}
			list, err := lookedUp(c.Context(), cfg)
			if err != nil {
				return err
			}
			if err := printAccounts(c.OutOrStdout(), list, asJSON); err != nil {
				return err
			}
			if n := countOf(list, accounts.Missing); n > 0 {
				return fmt.Errorf("%d missing; botd accounts create makes what is missing", count(n, "account"))
			}
			return nil
		},
	}
	configFlag(c, p, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// creation is what accounts create was told.
type creation struct {
	only         []string
	nick         string
	dryRun, json bool
}

func accountsCreate(p Process, known plugins.Registry) *cobra.Command {
	var path string
	var n creation
	c := &cobra.Command{
		Use: "create [ACCOUNT]...", Short: "Make the accounts of bots that do not exist yet", Args: cobra.ArbitraryArgs,
		Long: `Asks the chat service which of the bots' accounts exist, and makes those that do not: a
robot where the name begins with @RBT#, an ordinary account for every other name. With
names of accounts it looks at these alone. What exists is left as it is, so calling it
again does nothing.

An administrator is set in the service's console alone, and never made here.`,
		Example: "  botd accounts create --dry-run\n  botd accounts create quizbot --nick \"Quiz\"",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := load(path, configOptions(p, known))
			if err != nil {
				return err
			}
			n.only = args
			return n.run(c.Context(), cfg, c.OutOrStdout())
		},
	}
	configFlag(c, p, &path)
	c.Flags().StringVar(&n.nick, "nick", "", "the name that members see; only where one account is to be made")
	c.Flags().BoolVar(&n.dryRun, "dry-run", false, "say what would be made, and make nothing")
	c.Flags().BoolVar(&n.json, "json", false, "print JSON")
	return c
}

func (n creation) run(ctx context.Context, cfg *config.Config, out io.Writer) error {
	if err := n.check(cfg); err != nil {
		return err
	}
	list, err := lookedUp(ctx, cfg)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(a accounts.Account) bool {
		return len(n.only) > 0 && !slices.Contains(n.only, string(a.ID))
	})
	if n.nick != "" && countOf(list, accounts.Missing) > 1 {
		return usage("--nick is the name of one account, and %d are missing; name the one that is meant", countOf(list, accounts.Missing))
	}
	if !n.dryRun {
		if err := n.create(ctx, cfg, list); err != nil {
			return err
		}
	}
	if err := printAccounts(out, list, n.json); err != nil {
		return err
	}
	if failed := countOf(list, accounts.Failed); failed > 0 {
		return fmt.Errorf("%d not made", count(failed, "account"))
	}
	return nil
}

// check finds names that the configuration does not have.
func (n creation) check(cfg *config.Config) error {
	var names []string
	for _, a := range accounts.Named(cfg) {
		names = append(names, string(a.ID))
	}
	for _, id := range n.only {
		if !slices.Contains(names, id) {
			return usage("no bot of %s has the account %q; it has %s", cfg.File, id, strings.Join(names, ", "))
		}
	}
	return nil
}

func (n creation) create(ctx context.Context, cfg *config.Config, list []accounts.Account) error {
	for _, app := range cfg.Apps {
		client, err := newClient(app, time.Now, nil)
		if err != nil {
			return fmt.Errorf("app %q: %w", app.Name, err)
		}
		for i := range list {
			if a := &list[i]; a.App == app.Name && a.State == accounts.Missing {
				accounts.Create(ctx, client, a, n.nick)
			}
		}
		client.Close()
	}
	return ctx.Err()
}

// lookedUp lists the accounts that a configuration names, and asks about each.
func lookedUp(ctx context.Context, cfg *config.Config) (all []accounts.Account, err error) {
	for _, app := range cfg.Apps {
		client, err := newClient(app, time.Now, nil)
		if err != nil {
			return nil, fmt.Errorf("app %q: %w", app.Name, err)
		}
		list := accounts.OfApp(cfg, app)
		err = accounts.Look(ctx, client, list)
		client.Close()
		if err != nil {
			return nil, fmt.Errorf("app %q: asking which accounts exist: %w; botd doctor tells more", app.Name, err)
		}
		all = append(all, list...)
	}
	return all, nil
}

func countOf(list []accounts.Account, s accounts.State) (n int) {
	for _, a := range list {
		if a.State == s {
			n++
		}
	}
	return n
}

func printAccounts(w io.Writer, list []accounts.Account, asJSON bool) error {
	if asJSON {
		return printJSON(w, append([]accounts.Account{}, list...))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "APP\tACCOUNT\tKIND\tSTATE\tNAMED BY")
	for _, a := range list {
		state := string(a.State)
		if a.Error != "" {
			state += ": " + a.Error
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", a.App, a.ID, a.Kind, state, a.Where())
	}
	return t.Flush()
}

// missingAccounts are those of a configuration that do not exist, as problems of it.
func missingAccounts(ctx context.Context, cfg *config.Config) (wrong config.Problems, err error) {
	list, err := lookedUp(ctx, cfg)
	for _, a := range list {
		if a.State != accounts.Missing {
			continue
		}
		for _, b := range a.Bots {
			wrong = append(wrong, config.Problem{File: cfg.File, Path: fmt.Sprintf("bots.%s.account", b),
				What: fmt.Sprintf("there is no account %q in the application %q, so nothing can be sent as it", a.ID, a.App), Remedy: "make it: botd accounts create"})
		}
	}
	return wrong, err
}
