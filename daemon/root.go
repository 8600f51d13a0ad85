package daemon

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/botd-chat/botd/plugins"
)

// version is set by the linker for releases; else it comes from the build.
var version = ""

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}

// command is botd with all its verbs.
func command(p Process, known plugins.Registry) *cobra.Command {
	root := &cobra.Command{
		Use:   "botd",
		Short: "Bots for group chat whose messages reach exactly the members they are for",
		Long: `botd takes webhooks and schedules, hands each to a bot's plugin, and sends what the
plugin answers as a targeted message: a message in a group that only the chosen
members receive. It can tell, before and after, exactly who sees a message, and
cannot show it to anyone else by accident.`,
		Example:       "  botd demo\n  botd serve --config config/bots.yaml",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return c.Help()
		},
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%w; see %s --help", err, c.CommandPath())
	})
	root.AddCommand(
		demoCommand(p, known), devCommand(p, known), serveCommand(p, known), simCommand(p), validateCommand(p, known), schemaCommand(p, known),
		eventCommand(p), eventsCommand(p), schedulesCommand(p), dlqCommand(p), deliveriesCommand(p), leaksCommand(p), receiptsCommand(p), whyCommand(p), audienceCommand(p),
		pauseCommand(p), resumeCommand(p), pausesCommand(p), timersCommand(p), stateCommand(p), hookCommand(p, known), usersigCommand(p), versionCommand(), openapiCommand(),
		buildCommand(), reloadCommand(p), backupCommand(p), restoreCommand(p), doctorCommand(p, known), eraseCommand(p),
		testCommand(p, known), pluginCommand(p, known), accountsCommand(p, known),
	)
	checkArguments(root)
	completed(root)
	return root
}

// checkArguments makes wrong arguments of any verb a mistake in usage, and a
// misspelt verb of a group of verbs too, which cobra would answer with help and
// success.
func checkArguments(c *cobra.Command) {
	inner := c.Args
	c.Args = func(c *cobra.Command, args []string) error {
		if inner == nil {
			inner = cobra.NoArgs
		}
		if err := inner(c, args); err != nil {
			return usage("%w; see %s --help", err, c.CommandPath())
		}
		return checkFilters(c)
	}
	for _, sub := range c.Commands() {
		checkArguments(sub)
	}
}

// filters are the flags that narrow down what a verb is about.
var filters = []string{"bot", "group", "trigger", "kind", "status", "state", "outcome", "because", "since", "until", "lane", "from", "to", "before"}

// checkFilters refuses a filter that is given and empty, such as a variable of a
// script that is not set: it would pick more than was meant.
func checkFilters(c *cobra.Command) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && f.Value.String() == "" && slices.Contains(filters, f.Name) {
			err = usage("--%s is empty, and would pick everything; give it a value, or leave it out", f.Name)
		}
	})
	return err
}

// group is a command that only holds others.
func group(use, short string, verbs ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	for _, v := range verbs {
		g.Example += v.Example + "\n"
	}
	g.AddCommand(verbs...)
	return g
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Example: "  botd version", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(c.OutOrStdout(), "botd %s, %s, %s/%s\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
