package daemon

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/author"
	"github.com/botd-chat/botd/author/dev"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/console"
)

// saved takes up what was saved: whatever is wrong with it, what runs goes on.
func (w *workshop) saved(ctx context.Context, files []string) {
	if !slices.ContainsFunc(files, runs) {
		return
	}
	began := time.Now()
	err := w.build(ctx, files)
	if err == nil {
		_, err = w.reload(ctx, chat.By{Who: "botd dev"})
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		w.tell.Say("%s saved, and nothing is different:\n%s", strings.Join(files, ", "), said(err))
	default:
		w.tell.Say("%s saved: it runs, after %v", strings.Join(files, ", "), time.Since(began).Round(time.Millisecond))
	}
}

// runs reports whether a file is a part of what runs.
func runs(file string) bool {
	ext := filepath.Ext(file)
	return ext != ".chat" && ext != ".md" && !strings.HasSuffix(file, "_test.go")
}

// said is an error in as few words as its author needs.
func said(err error) string {
	if failed, ok := errors.AsType[*author.GoError](err); ok {
		return failed.Output
	}
	if problems, ok := errors.AsType[config.Problems](err); ok {
		return problems.Error()
	}
	if unusable, ok := errors.AsType[*console.Unusable](err); ok {
		var lines []string
		for _, m := range unusable.Mistakes {
			if m.Line == 0 {
				lines = append(lines, m.What)
				continue
			}
			lines = append(lines, config.Problem(m).String())
		}
		return strings.Join(lines, "\n")
	}
	return err.Error()
}

// build builds the programs that are made of Go: all of them, or those that the files
// that were saved are a part of. What else there is to say of the configuration is said
// when it takes effect.
func (w *workshop) build(ctx context.Context, files []string) error {
	o := withoutSecrets(withoutApps(configOptions(w.process, w.known)))
	o.Program = nil
	c, err := load(w.devSettings.config, o)
	if err != nil {
		return err
	}
	if err := w.attached(c); err != nil {
		return err
	}
	dir := filepath.Dir(w.devSettings.config)
	for _, b := range c.Bots {
		if p, ok := dev.FindGo(dir, b.Program); ok && (files == nil || p.Concerns(files)) {
			if err := p.Build(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// answersWithin is how long a program may take until it answers what it is.
const answersWithin = 20 * time.Second

// fit reports a plugin of a setup that is not there, or does not fit its bot. Programs
// are started by it, beside those that run.
func (w *workshop) fit(ctx context.Context, n *setup) error {
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	for _, b := range n.bots.All() {
		if _, err := b.There(ctx); err != nil {
			return fmt.Errorf("bot %s: %w", b.Name, err)
		}
	}
	return nil
}
