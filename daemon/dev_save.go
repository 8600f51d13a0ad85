package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/author"
	"github.com/botd-chat/botd/author/dev"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
)

// saved takes up what was saved: whatever is wrong with it, what runs goes on.
func (w *workshop) saved(ctx context.Context, files []string) {
	if !slices.ContainsFunc(files, runs) {
		return
	}
	began := time.Now()
	err := w.build(ctx, files)
	if err == nil {
		err = w.tryNew(ctx)
	}
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
	return err.Error()
}

// build builds the programs that are made of Go: all of them, or those that the files
// that were saved are a part of. The configuration is read without asking whether its
// programs are there.
func (w *workshop) build(ctx context.Context, files []string) error {
	o := withoutApps(configOptions(w.process, w.known))
	o.ReadSecret = func(config.SecretRef) (config.Secret, error) { return config.NewSecret("not read"), nil }
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

// tryNew reads the configuration and starts its programs once, beside those that run.
func (w *workshop) tryNew(ctx context.Context) error {
	c, err := w.reading()
	if err != nil {
		return err
	}
	return w.tryPrograms(ctx, c)
}

// reading reads the configuration as a reload would.
func (w *workshop) reading() (*config.Config, error) {
	return w.system.read(w.system.now().config)
}

// answering is how long a program may take until it answers what it is.
const answering = 20 * time.Second

// tryPrograms starts each plugin that lives in a process of its own, asks what it is,
// and ends it.
func (w *workshop) tryPrograms(ctx context.Context, c *config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	for _, b := range c.Bots {
		if b.Inside() || b.URL != "" {
			continue
		}
		if err := w.tryOne(ctx, b, filepath.Dir(c.File)); err != nil {
			return fmt.Errorf("bot %s: %w", b.Name, err)
		}
	}
	return nil
}

func (w *workshop) tryOne(ctx context.Context, b config.Bot, folder string) (err error) {
	plugin, err := makePlugin(b, folder, w.known, host.Settings{})
	if err != nil {
		return err
	}
	h, err := plugin.New(b.Options)
	if err != nil {
		return err
	}
	if c, ok := h.(io.Closer); ok {
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	if d, ok := h.(bots.Distant); ok {
		_, err = d.Manifest(ctx)
	}
	return err
}
