package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/plugintest"
)

func testCommand(p Process, known plugins.Registry) *cobra.Command {
	x := player{process: p, known: known, update: p.Getenv("UPDATE") == "1"}
	var out playOutput
	c := &cobra.Command{
		Use: "test [PATH...]", Short: "Play transcripts: whether a plugin says what it should, to whom, and to nobody else", Args: cobra.ArbitraryArgs,
		Long: `Plays each transcript, a file *.chat, in the folders and those below them; in this
folder if none is named. A transcript tells what happens in a pretend group and
everybody who sees what comes of it, and must be so from the first line to the last.
Nothing is sent, nothing is stored, and no time passes.

What is tested stands in the transcript: "plugin quiz" is a plugin of this botd,
"plugin quiz isolate" the same in a process of its own, "plugin [python3, quiz.py]" a
program, which is started in the transcript's folder, and "plugin http://127.0.0.1:7001"
one that runs already. With several such lines it is played with each. A line
"use bots.yaml quiz" is a bot of a configuration, of which the secrets need not exist.

Exits 1 when something is not as it is written, or there is nothing to test.`,
		Example: `  botd test
  botd test docs/examples --plugin 'quiz isolate' --plugin '[python3, quiz.py]'
  botd test quiz.chat --update`,
		RunE: func(c *cobra.Command, args []string) error {
			files, err := transcripts(args)
			if err != nil {
				return err
			}
			out.w = c.OutOrStdout()
			err = out.all(x.play(c.Context(), files))
			return cmp.Or(c.Context().Err(), err)
		},
	}
	c.Flags().StringArrayVar(&x.plugins, "plugin", nil, "what to test in place of what the transcripts say, as plugin: in a configuration; may be given several times")
	c.Flags().BoolVar(&x.update, "update", x.update, "write the transcripts anew, as they were played, for review; also UPDATE=1")
	c.Flags().BoolVar(&out.json, "json", false, "print JSON, one object for each time a transcript is played")
	return c
}

// transcripts are the files in and below these paths, each once.
func transcripts(paths []string) (files []string, err error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, fmt.Errorf("looking for transcripts: %w", err)
		case !info.IsDir():
			files = append(files, filepath.Clean(path))
			continue
		}
		below, err := transcriptsBelow(path)
		if err != nil {
			return nil, fmt.Errorf("looking for transcripts: %w", err)
		}
		files = append(files, below...)
	}
	slices.Sort(files)
	if files = slices.Compact(files); len(files) == 0 {
		return nil, fmt.Errorf("there are no transcripts, files *.chat, in %s; name the folder where they are", strings.Join(paths, ", "))
	}
	return files, nil
}

// transcriptsBelow leaves out what tools put into folders of their own.
func transcriptsBelow(folder string) (files []string, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && path != folder && (name == "node_modules" || name == "vendor" || strings.ContainsRune("._", rune(name[0]))):
			return fs.SkipDir
		case !d.IsDir() && filepath.Ext(name) == ".chat":
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

// player plays transcripts.
type player struct {
	process Process
	known   plugins.Registry
	plugins []string // in place of those that the transcripts name
	update  bool
}

// play plays the transcripts, a few at a time, and yields what came of each in their
// order, as soon as it is known. When ctx ends, what is left is left out.
func (x *player) play(ctx context.Context, files []string) iter.Seq[played] {
	return func(yield func(played) bool) {
		ctx, cancel := context.WithCancel(ctx)
		results := make([]chan []played, len(files))
		for i := range results {
			results[i] = make(chan []played, 1)
		}
		var next atomic.Int64
		var workers sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			workers.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
					results[i] <- x.transcript(ctx, files[i])
				}
			})
		}
		defer workers.Wait()
		defer cancel()
		for _, result := range results {
			for _, one := range <-result {
				if !yield(one) {
					return
				}
			}
		}
	}
}

// transcript plays a transcript with each of what it is to be played with.
func (x *player) transcript(ctx context.Context, file string) []played {
	t, err := plugintest.Read(file)
	if err != nil {
		return []played{{File: file, Error: err.Error()}}
	}
	var all []played
	for _, s := range x.subjects(t) {
		if ctx.Err() != nil {
			break
		}
		all = append(all, x.once(ctx, file, s))
	}
	return all
}

// once plays a transcript with one subject. It is read again, since one before it may
// have been the reason to write it anew.
func (x *player) once(ctx context.Context, file string, s subject) played {
	one := played{File: file, Plugin: s.label}
	t, err := plugintest.Read(file)
	if err != nil {
		one.Error = err.Error()
		return one
	}
	result, err := s.play(ctx, t, one.logger())
	if err != nil {
		one.Error = err.Error()
		return one
	}
	one.Events, one.Seconds, one.Difference = result.Events, result.Took.Seconds(), result.Difference()
	if one.Difference != "" && x.update && !s.again {
		one.Rewritten = true
		if err := result.Rewrite(); err != nil {
			one.Error = fmt.Sprintf("writing it anew: %v", err)
		}
	}
	return one
}

var errNotAsWritten = errors.New("not as written")
