package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
)

// asked is what a plugin that lives elsewhere said when somebody asked whether it is
// of use to its bot, apart from a botd that runs.
type asked struct {
	bot      config.Bot
	said     plugins.Manifest
	problems config.Problems // none: it would get events, and answer them
}

// apart reports whether a bot's plugin lives outside botd's process.
func apart(b config.Bot) bool { return b.Isolate || b.Program != nil || b.URL != "" }

// String says of a plugin without problems what and where it is.
func (a asked) String() string {
	return fmt.Sprintf("bots.%s.plugin: %s %s, %s", a.bot.Name, a.said.Name, a.said.Version, a.bot.Where())
}

// askPlugins asks all plugins that live elsewhere at once, and hands them no event. What
// botd would start is started for it and is ended.
func askPlugins(ctx context.Context, c *config.Config, known plugins.Registry) ([]asked, error) {
	var list []asked
	for _, b := range c.Bots {
		if apart(b) {
			list = append(list, asked{bot: b})
		}
	}
	var all sync.WaitGroup
	for i := range list {
		all.Go(func() { list[i].ask(ctx, c.File, known) })
	}
	all.Wait()
	return list, ctx.Err()
}

func (a *asked) ask(ctx context.Context, file string, known plugins.Registry) {
	bot, err := placedBot(a.bot, filepath.Dir(file), known, host.Settings{Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		a.said, err = answered(ctx, bot)
		err = errors.Join(err, bot.Close())
	}
	if err != nil {
		a.problems = append(a.problems, unusable(file, a.bot, err))
	}
	for _, t := range unknownTriggers(a.bot, a.said) {
		a.problems = append(a.problems, config.Problem{File: file, Path: fmt.Sprintf("bots.%s.on.%s", a.bot.Name, t),
			What: fmt.Sprintf("its plugin does not know the trigger, so its events would come to nothing; it knows %v", a.said.Triggers[:min(len(a.said.Triggers), 20)]), Remedy: "give the trigger a name that it knows, or remove it"})
	}
}

// answered waits for a plugin that is still being started.
func answered(ctx context.Context, b *bots.Bot) (plugins.Manifest, error) {
	ctx, cancel := context.WithTimeout(ctx, host.Starting)
	defer cancel()
	for {
		m, err := b.There(ctx)
		if !errors.Is(err, host.ErrSlow) {
			return m, err
		}
		select {
		case <-time.After(nextLook):
		case <-ctx.Done():
			return m, err
		}
	}
}

// nextLook is how long after a look at a program that is being started comes the next.
const nextLook = 100 * time.Millisecond

// unusable is a plugin that gets no events, as a problem of the configuration.
func unusable(file string, b config.Bot, err error) config.Problem {
	p := config.Problem{File: file, Path: "bots." + string(b.Name) + ".plugin", What: "its plugin gets no events now, and they wait for it: " + err.Error()}
	misfit, unsuited := errors.AsType[*unsuited](err)
	switch {
	case unsuited:
		p.Path, p.What = "bots."+string(b.Name)+".options", misfit.what()
		p.Remedy = "correct them; events wait until then"
	case b.Program != nil:
		p.Remedy = "mend the program; botd plugin check -- and the program tells more"
	case b.URL != "":
		p.Remedy = "see what runs there; botd plugin check and its address tells more"
	default:
		p.Remedy = "mend the plugin, or raise limits: memory; the log has what it wrote"
	}
	return p
}
