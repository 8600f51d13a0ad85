package daemon

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/author"
	"github.com/botd-chat/botd/author/build"
)

func buildCommand() *cobra.Command {
	var b build.Botd
	var with []string
	var source string
	c := &cobra.Command{
		Use: "build --with PACKAGE[@VERSION]", Short: "Build a botd with plugins of one's own compiled in", Args: cobra.NoArgs,
		Long: `Writes a Go module of one file, which runs botd with its own plugins and with the
variable Plugin of each package that is named, and builds it. A package is downloaded, or
taken from a folder of this machine if its path begins with . or /.

The new botd is of the version of this one. One that was built from source, and was
not downloaded, takes that source, or the folder that --replace-botd names.`,
		Example: `  botd build --with ./quiz
  botd build --with example.com/team/bots/quiz@v1.2.0 --with example.com/team/bots/poll -o bin/botd`,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			for _, text := range with {
				w, err := build.ParseWith(text)
				if err != nil {
					return usage("--with: %w", err)
				}
				b.With = append(b.With, w)
			}
			if len(with) == 0 {
				return usage("nothing to build with: name a package by --with; botd itself is go install %s/cmd/botd@latest", author.Module)
			}
			if b.From, err = author.FindBotd(source); err != nil {
				return err
			}
			program, err := b.Build(c.Context())
			if err != nil {
				return err
			}
			for _, w := range b.With {
				_, _ = fmt.Fprintln(c.OutOrStdout(), "with", w.Package)
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), "built", program)
			return err
		},
	}
	c.Flags().StringArrayVar(&with, "with", nil, "a package with a variable Plugin: its import path, with @VERSION if not the newest, or its folder; may be given several times")
	c.Flags().StringVarP(&b.Out, "output", "o", "", "the file to be written; botd when absent")
	c.Flags().StringVar(&b.Keep, "keep", "", "a new folder in which the module that is built is kept")
	c.Flags().StringVar(&source, "replace-botd", "", "a folder with botd's source, to be built in place of the version of this botd")
	return c
}
