package daemon

import (
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/botd-chat/botd/config"
)

// offer says what a shell can offer for a word, after these arguments. It looks
// at the configuration and at nothing else, so that it works without a running
// botd.
type offer func(c *cobra.Command, args []string) []cobra.Completion

// offers are what can be offered for a flag, by its name, and for an argument, by
// its word in the verb's usage. What is in neither gets nothing, or files where the usage
// speaks of one.
var offers = map[string]offer{
	"bot": botNames, "BOT": botNames, "group": groupIDs, "trigger": triggerNames, "HOOK": hookNames, "app": appNames,
	"SCHEDULE": scheduleNames, "schedule": scheduleNames,
}

// completed has the shell offer what can stand at each place, for a verb and
// those below it.
func completed(c *cobra.Command) {
	if c.Runnable() {
		c.ValidArgsFunction = arguments(strings.Fields(c.Use)[1:])
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if _, told := c.GetFlagCompletionFunc(f.Name); !told {
			_ = c.RegisterFlagCompletionFunc(f.Name, value(f)) // it is the verb's own, and has none
		}
	})
	for _, sub := range c.Commands() {
		completed(sub)
	}
}

// value offers what a flag can be.
func value(f *pflag.Flag) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		switch offered := offers[f.Name]; {
		case f.Name == "config":
			return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
		case offered != nil:
			return offered(c, args), cobra.ShellCompDirectiveNoFileComp
		case strings.Contains(f.Usage, "file"):
			return nil, cobra.ShellCompDirectiveDefault
		case strings.Contains(f.Usage, "folder"):
			return nil, cobra.ShellCompDirectiveFilterDirs
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// itself is a word that stands for itself, as the second in BOT|all.
var itself = regexp.MustCompile(`^[a-z]+$`)

// arguments offers what the words of a verb's usage stand for: one after the
// other, and the last one again where it has "..." after it.
func arguments(words []string) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		word := ""
		if len(args) < len(words) {
			word = strings.Trim(words[len(args)], "[]")
		}
		if word == "FILE" || word == "PATH..." {
			return nil, cobra.ShellCompDirectiveDefault
		}
		var all []cobra.Completion
		for _, one := range strings.Split(word, "|") {
			switch {
			case offers[one] != nil:
				all = append(all, offers[one](c, args)...)
			case itself.MatchString(one):
				all = append(all, one)
			}
		}
		return all, cobra.ShellCompDirectiveNoFileComp
	}
}

// oneOfFlag is a flag that can be one of a few words.
func oneOfFlag(c *cobra.Command, to *string, name, standard, usage string, words ...string) {
	c.Flags().StringVar(to, name, standard, usage+strings.Join(words, ", "))
	_ = c.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// outline is the names in the configuration that the command line means. It is
// empty when that cannot be read.
func outline(c *cobra.Command) config.Outline {
	path := defaultConfig
	if f := c.Flags().Lookup("config"); f != nil && f.Value.String() != "" {
		path = f.Value.String()
	}
	return config.Outlined(path)
}

// chosen are the bots that --bot leaves, or the argument that names one; all
// without either.
func chosen(c *cobra.Command, args []string) []config.OutlinedBot {
	name := ""
	if f := c.Flags().Lookup("bot"); f != nil {
		name = f.Value.String()
	}
	if slices.Contains(strings.Fields(c.Use), "BOT") && len(args) > 0 {
		name = args[0]
	}
	return slices.DeleteFunc(outline(c).Bots, func(b config.OutlinedBot) bool { return name != "" && b.Name != name })
}

func botNames(c *cobra.Command, _ []string) (all []cobra.Completion) {
	for _, b := range outline(c).Bots {
		all = append(all, b.Name)
	}
	return all
}

func appNames(c *cobra.Command, _ []string) []cobra.Completion { return outline(c).Apps }

func groupIDs(c *cobra.Command, args []string) (all []cobra.Completion) {
	for _, b := range chosen(c, args) {
		all = append(all, b.Groups...)
	}
	return distinct(all)
}

func triggerNames(c *cobra.Command, args []string) (all []cobra.Completion) {
	for _, b := range chosen(c, args) {
		for _, t := range b.Triggers {
			all = append(all, t.Name)
		}
	}
	return distinct(all)
}

// scheduleNames are those of the configuration; the ids, and those made by hand, only a
// running botd knows.
func scheduleNames(c *cobra.Command, _ []string) (all []cobra.Completion) {
	for _, b := range outline(c).Bots {
		for _, t := range b.Triggers {
			if t.Schedule {
				all = append(all, b.Name+"/"+t.Name)
			}
		}
	}
	return all
}

func hookNames(c *cobra.Command, _ []string) (all []cobra.Completion) {
	for _, b := range outline(c).Bots {
		for _, t := range b.Triggers {
			if t.Hook != "" {
				all = append(all, cobra.CompletionWithDesc(t.Hook, "trigger "+t.Name+" of bot "+b.Name))
			}
		}
	}
	return all
}

func distinct(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}
