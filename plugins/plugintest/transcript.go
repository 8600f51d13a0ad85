package plugintest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/bots"
)

// Transcript is a file that was read and not played yet.
type Transcript struct {
	File string
	// Plugins are what its plugin lines name, as written: a name, a list that is a
	// program, or a URL. What they mean is for the caller to say.
	Plugins []string
	// Use is the bot of its use line; nil: none.
	Use   *Use
	lines []string
	steps []step
}

// Use is the line "use bots.yaml oncall": a bot of a configuration, which says what
// otherwise lines say.
type Use struct {
	File  string // as written; it begins at the transcript's folder
	Bot   string
	Group string // which of the bot's groups the transcript is about; empty: the first
}

// Read reads a transcript. The error says in which line something is none.
func Read(file string) (*Transcript, error) {
	raw, err := os.ReadFile(file) //nolint:gosec // a test names its own file
	if err != nil {
		return nil, fmt.Errorf("transcript: %w", err)
	}
	t := &Transcript{File: file, lines: lines(string(raw))}
	if t.steps, err = parse(t.lines); err == nil {
		err = t.subjects()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return t, nil
}

// subjects finds the lines that say what the transcript is about.
func (t *Transcript) subjects() error {
	for _, s := range t.steps {
		words := strings.Fields(s.rest)
		switch {
		case s.verb == "plugin" && len(words) == 0:
			return fmt.Errorf("line %d: plugin what? a name such as quiz, a program such as [python3, quiz.py], or a URL", s.line)
		case s.verb == "plugin":
			t.Plugins = append(t.Plugins, s.rest)
		case s.verb == "use" && (len(words) < 2 || len(words) > 3 || t.Use != nil):
			return fmt.Errorf("line %d: use says, once, a configuration and one of its bots, and one of its groups if it has several: use bots.yaml quiz", s.line)
		case s.verb == "use":
			t.Use = &Use{File: words[0], Bot: words[1]}
			if len(words) == 3 {
				t.Use.Group = words[2]
			}
		}
	}
	if t.Use == nil {
		return nil
	}
	for _, s := range t.steps {
		if slices.Contains([]string{"bot", "options", "plugin"}, s.verb) {
			return fmt.Errorf("line %d: %s stands beside use, and is what %s says", s.line, s.verb, t.Use.File)
		}
	}
	return nil
}

// Folder is where the transcript is, and where the paths in it begin.
func (t *Transcript) Folder() string { return filepath.Dir(t.File) }

// Play plays the transcript with a plugin, wherever that lives, until ctx ends. The
// error is for what is wrong with the transcript, and for a plugin that is not there.
// What the plugin's runs log, such as where one panicked, goes to log.
func (t *Transcript) Play(ctx context.Context, p bots.Plugin, log *slog.Logger) (*Result, error) {
	if t.Use != nil {
		return nil, fmt.Errorf("%s: it uses bot %s of %s, which is read by \"botd test\"", t.File, t.Use.Bot, t.Use.File)
	}
	return t.play(ctx, newWorld(p, t.Folder(), log))
}

func (t *Transcript) play(ctx context.Context, w *world) (*Result, error) {
	began := time.Now()
	played, err := w.run(ctx, t.steps)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.File, err)
	}
	return &Result{file: t.File, written: t.lines, played: played, Events: w.events, Took: time.Since(began)}, nil
}

// Result is what came of playing a transcript.
type Result struct {
	Events int // that the plugin was handed, timers and reports included
	Took   time.Duration

	file            string
	written, played []string
}

// Same reports whether everything was as written.
func (r *Result) Same() bool { return slices.Equal(r.written, r.played) }

// Difference shows what is not as written, each message that other people saw with
// who they are; empty if nothing is.
func (r *Result) Difference() string {
	if r.Same() {
		return ""
	}
	return diff(r.written, r.played)
}

// Rewrite writes the transcript anew as it was played, for review.
func (r *Result) Rewrite() error {
	info, err := os.Stat(r.file)
	if err != nil {
		return err
	}
	return os.WriteFile(r.file, []byte(strings.Join(r.played, "\n")+"\n"), info.Mode().Perm())
}

// run plays the steps and returns the transcript as it should have been: the same
// lines with what really came of each event.
func (w *world) run(ctx context.Context, steps []step) (played []string, err error) {
	defer func() {
		if w.asker != nil {
			err = errors.Join(err, w.asker.bot.Close())
		}
	}()
	for _, s := range steps {
		answer, err := w.step(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", s.line, err)
		}
		played = append(played, s.raw...)
		played = append(played, answer...)
	}
	switch {
	case w.events == 0:
		return nil, errors.New("nothing happens: there is no line that begins with >")
	case w.fate != "":
		return nil, fmt.Errorf("no message came of which \"%% next %s\" could be true", w.fate)
	}
	return lines(strings.Join(played, "\n")), nil
}

// lines splits a file, without blanks at the ends of lines and of the file,
// which nobody sees and editors remove.
func lines(text string) []string {
	all := strings.Split(text, "\n")
	for i, l := range all {
		all[i] = strings.TrimRight(l, " \t\r")
	}
	for len(all) > 0 && all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	return all
}
