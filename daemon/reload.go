package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/problem"
	"github.com/botd-chat/botd/webhooks"
)

// reading reads the configuration again, for a botd that runs with another one.
type reading func(running *config.Config) (*config.Config, error)

// reload puts what the configuration says now in place of what runs, whole or
// not at all. Two at a time are done one after the other.
func (s *system) reload(ctx context.Context, by chat.By) (console.Reloaded, error) {
	select {
	case s.reloading <- struct{}{}:
		defer func() { <-s.reloading }()
	case <-ctx.Done():
		return console.Reloaded{}, fmt.Errorf("waiting for another reload: %w", ctx.Err())
	}
	if s.closed {
		return console.Reloaded{}, fmt.Errorf("%w: botd is stopping", console.ErrConflict)
	}
	before := s.now()
	next, err := s.prepare(ctx, before)
	if err == nil && s.fits != nil {
		if err = s.fits(ctx, next); err != nil {
			next.discard(before)
		}
	}
	if err == nil {
		s.look(ctx, next) // so that the processes of plugins are there before events come to them
		err = s.takeUp(ctx, next, before)
	}
	if err != nil {
		return console.Reloaded{}, s.notReloaded(err, by)
	}
	s.metrics.reloaded(s.clock.Now())
	done := console.Reloaded{Changed: append([]string{}, changes(before.config, next.config)...), Warnings: append(mistakes(next.config.Warnings), s.absent(next)...)}
	for _, w := range next.config.Warnings {
		s.log.Warn(w.String())
	}
	s.log.Info("the configuration was reloaded", "changed", done.Changed, "who", by.Who, "reason", by.Reason)
	return done, nil
}

// prepare reads the configuration and makes a setup of it, by code of plugins,
// too, whose panics must not end what runs.
func (s *system) prepare(ctx context.Context, before *setup) (next *setup, err error) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("reading the configuration panicked", "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %.300v", v)
		}
	}()
	c, err := s.read(before.config)
	if err != nil {
		return nil, err
	}
	return s.makeSetup(ctx, c, before)
}

// takeUp has a setup take effect, and its schedules with it: what was due before is
// struck by the old ones. Its bots and applications are there before anything can arrive
// for them, and the old ones go after.
func (s *system) takeUp(ctx context.Context, next, before *setup) error {
	err := webhooks.Check(next.hooks)
	if err == nil {
		err = s.schedules.Exchange(ctx, func(ctx context.Context) ([]chat.ScheduleRecord, error) {
			records, err := s.store.SyncSchedules(ctx, next.specs)
			if err == nil {
				s.putInEffect(next, before)
			}
			return records, err
		})
	}
	if err != nil {
		next.discard(before)
		return err
	}
	s.watch.Reset()
	s.lookAgain()
	for _, b := range before.bots.All() {
		s.letGo(b)
	}
	for _, app := range before.apps {
		if !next.has(app) {
			app.client.Close()
		}
	}
	return nil
}

// putInEffect cannot fail: what it is given was checked.
func (s *system) putInEffect(next, before *setup) {
	next.follow(before)
	s.setup.Store(next)
	if err := s.receiver.Swap(next.hooks); err != nil {
		panic(fmt.Sprintf("daemon: hooks that were checked are refused: %v", err))
	}
	if err := s.callbacks.Swap(next.desks, next.rules); err != nil {
		panic(fmt.Sprintf("daemon: callbacks that were checked are refused: %v", err))
	}
	s.leaks.Swap(s.watched(next))
	if was, is := accessOf(before.config.Listen), accessOf(next.config.Listen); !reflect.DeepEqual(was, is) {
		s.receiver.SetAccess(is)
		s.callbacks.SetAccess(is)
	}
}

// letGo closes the handler of a bot's plugin when its last run is over.
func (s *system) letGo(b *bots.Bot) {
	s.leaving.Add(1)
	closed := func(err error) {
		defer s.leaving.Done()
		if err != nil {
			s.log.Error("a plugin's handler was not closed in order", "bot", b.Name, "plugin", b.Plugin.Name(), "error", err)
		}
	}
	go b.Retire(closed) // a plugin may take its time
}

// notReloaded says why a reload changed nothing.
func (s *system) notReloaded(err error, by chat.By) error {
	s.metrics.notReloaded()
	var all config.Problems
	if !errors.As(err, &all) {
		all = config.Problems{{File: s.now().config.File, What: err.Error()}}
	}
	lines := make([]string, len(all))
	for i, p := range all {
		lines[i] = p.String()
	}
	s.log.Error("the configuration was not reloaded: botd goes on as it was", "mistakes", lines, "who", by.Who, "reason", by.Reason)
	return &console.Unusable{Mistakes: mistakes(all)}
}

func mistakes(all config.Problems) []problem.Mistake {
	list := make([]problem.Mistake, len(all))
	for i, p := range all {
		list[i] = problem.Mistake(p)
	}
	return list
}

// reloadOn reloads at each signal until ctx ends.
func (s *system) reloadOn(ctx context.Context, signals <-chan os.Signal) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-signals:
			_, _ = s.reload(ctx, chat.By{Who: "SIGHUP"}) // which has logged what came of it
		}
	}
}

// lettingGo is how long plugins may take to close when botd stops.
const lettingGo = 3 * time.Second

// letAllGo ends the setup that is in effect, and with it the system.
func (s *system) letAllGo() error {
	late := time.After(lettingGo)
	select {
	case s.reloading <- struct{}{}:
		defer func() { <-s.reloading }()
	case <-late:
		return errors.New("a reload did not end; handlers of plugins were not closed")
	}
	s.closed = true
	last := s.now()
	if last == nil {
		return nil
	}
	for _, app := range last.apps {
		app.client.Close()
	}
	for _, b := range last.bots.All() {
		s.letGo(b)
	}
	gone := make(chan struct{})
	go func() { s.leaving.Wait(); close(gone) }()
	select {
	case <-gone:
		return nil
	case <-late:
		return errors.New("a plugin's run or its closing did not end; its handler was not closed")
	}
}

// reloader reloads for the console.
type reloader struct{ *system }

// Reload takes up the configuration as it is now.
func (r reloader) Reload(ctx context.Context, by chat.By) (console.Reloaded, error) {
	return r.reload(ctx, by)
}
