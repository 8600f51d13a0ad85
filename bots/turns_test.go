package bots_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/store"
)

// Whoever hangs, compiled in or not, holds a quarter of the workers and leaves the
// others to the other bots.
func TestABotThatHangsInAHundredGroupsLeavesTheOthersAsFastAsTheyWere(t *testing.T) {
	var begun atomic.Int32
	hangs := pluginOf(func(ctx context.Context, _ chat.Event) ([]chat.Message, error) {
		begun.Add(1)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	answered := make(chan struct{}, 1)
	healthy := pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) { answered <- struct{}{}; return nil, nil })
	wild := specOf(hangs, bots.Trigger{Name: "answers", Kind: chat.Webhook})
	wild.Name, wild.Groups, wild.Limits.Timeout = "wild", nil, 3*time.Second
	for i := range 100 {
		wild.Groups = append(wild.Groups, chat.GroupID(fmt.Sprint("@TGS#2WILD", i)))
	}
	l := newLine(t, wild, specOf(healthy, bots.Trigger{Name: "answers", Kind: chat.Webhook}))
	paced := func() (median, longest time.Duration) {
		var took []time.Duration
		for range 25 {
			began := time.Now()
			l.arrive("quiz", class)
			<-answered
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		return took[len(took)/2], took[len(took)-1]
	}
	alone, _ := paced()
	l.arrive("wild", wild.Groups...)
	for begun.Load() < bots.AtATime {
		time.Sleep(time.Millisecond)
	}
	beside, longest := paced()
	t.Logf("the healthy bot: %v alone, %v beside one that hangs in %d groups", alone, beside, len(wild.Groups))
	if limit := 2*alone + 20*time.Millisecond; beside > limit {
		t.Errorf("the healthy bot's median is %v beside it, and %v alone", beside, alone)
	}
	if longest > wild.Limits.Timeout/2 {
		t.Errorf("an event of the healthy bot took %v", longest)
	}
	if n := begun.Load(); n != bots.AtATime {
		t.Errorf("%d events of it were begun within one deadline; want %d", n, bots.AtATime)
	}
	if n := strings.Count(l.log.String(), "gets no more at a time"); n != 1 {
		t.Errorf("the log says %d times that its events wait; want once\n%s", n, l.log.String())
	}
}

func TestABotThatIsBusyInAHundredGroupsAnswersThemAll(t *testing.T) {
	var handled atomic.Int32
	busy := specOf(pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) {
		time.Sleep(10 * time.Millisecond)
		handled.Add(1)
		return nil, nil
	}), bots.Trigger{Name: "answers", Kind: chat.Webhook})
	busy.Groups = nil
	for i := range 100 {
		busy.Groups = append(busy.Groups, chat.GroupID(fmt.Sprint("@TGS#2BUSY", i)))
	}
	l := newLine(t, busy)
	l.arrive("quiz", busy.Groups...)
	for end := time.Now().Add(20 * time.Second); handled.Load() < 100; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of 100 events were handled", handled.Load())
		}
	}
}

// line is a dispatcher that runs by the real clock.
type line struct {
	t     *testing.T
	store *store.Store
	log   lockedBuffer
	keys  int
}

func newLine(t *testing.T, specs ...bots.Spec) *line {
	t.Helper()
	l, all := &line{t: t}, &bots.Bots{}
	var made []*bots.Bot
	for _, s := range specs {
		b, err := bots.New(s)
		must(t, err)
		made = append(made, b)
	}
	must(t, all.Replace(made))
	var err error
	l.store, err = store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "botd.db")})
	must(t, err)
	d := bots.NewDispatcher(bots.Options{
		Store: l.store, Bots: all.Bot, Wake: l.store.EventsReady(), Log: slog.New(slog.NewTextHandler(&l.log, nil)),
		Directory: func(chat.AppName) bots.Directory { return &directory{} },
	})
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- d.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		must(t, <-over)
		must(t, l.store.Close())
	})
	return l
}

func (l *line) arrive(bot chat.BotName, groups ...chat.GroupID) {
	l.t.Helper()
	l.keys++
	_, err := l.store.Accept(context.Background(), chat.Arrival{
		Key: fmt.Sprint("test/", l.keys), App: "main", Bot: bot, Trigger: "answers", Kind: chat.Webhook, Groups: groups, Payload: json.RawMessage(`{}`),
	})
	must(l.t, err)
}
