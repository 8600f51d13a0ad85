package daemon

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/author"
	"github.com/botd-chat/botd/author/scaffold"
)

func pluginNew() *cobra.Command {
	var p scaffold.Plugin
	var source string
	var langs []string
	for _, l := range scaffold.Langs {
		langs = append(langs, string(l))
	}
	c := &cobra.Command{
		Use: "new NAME", Short: "Write a new plugin, with a bot that runs it and a transcript that it passes", Args: cobra.ExactArgs(1),
		Long: `Writes a folder with a plugin that works, a configuration for it, and a transcript
that says who sees what. Nothing is written over.

In Python and TypeScript it needs nothing but the language (Node 22.18 or newer), and what
botd talks to is a file of its own that nobody needs to edit.`,
		Example: "  botd plugin new quiz --lang python\n  botd plugin new quiz --lang typescript\n  botd plugin new quiz --dir plugins/quiz",
		RunE: func(c *cobra.Command, args []string) (err error) {
			p.Name = args[0]
			if p.Dir == "" {
				p.Dir = p.Name
			}
			if !slices.Contains(scaffold.Langs, p.Lang) {
				return usage("--lang %q is none of go, python, typescript", p.Lang)
			}
			if p.Lang == scaffold.Go {
				if p.From, err = author.FindBotd(source); err != nil {
					return err
				}
			}
			files, err := p.Write(c.Context())
			if err != nil {
				return err
			}
			return printNew(c.OutOrStdout(), p, files)
		},
	}
	oneOfFlag(c, (*string)(&p.Lang), "lang", string(scaffold.Go), "the language: ", langs...)
	c.Flags().StringVar(&p.Dir, "dir", "", "the folder to write to; NAME in this folder when absent")
	c.Flags().StringVar(&source, "replace-botd", "", "in Go: a folder with botd's source, to be used in place of the version of this botd")
	return c
}

func printNew(w io.Writer, p scaffold.Plugin, files []string) error {
	out := &printer{w: w}
	for _, f := range files {
		out.line(0, "wrote %s", f)
	}
	out.line(0, "\nThe next steps:\n")
	out.line(1, "cd %s", filepath.ToSlash(p.Dir))
	for _, command := range p.Commands() {
		out.line(1, "%s", command)
	}
	if _, err := exec.LookPath("botd"); err != nil {
		out.line(0, "\n%s", fmt.Sprintf("There is no botd where programs are looked for; this one is %q.", self()))
	}
	return out.err
}
