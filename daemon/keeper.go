package daemon

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

// keeper looks after the store for the console.
type keeper struct {
	*system
	copying *sync.Mutex
}

// Erase takes a user out of what is over. The log does not tell who it was.
func (k keeper) Erase(ctx context.Context, app chat.AppName, user chat.UserID, by chat.By) (chat.Erasure, error) {
	app, err := k.theApp(app)
	if err != nil {
		return chat.Erasure{}, err
	}
	// What has ended is sealed as it was; then the names are taken out of that too.
	if err := k.sealer.Seal(ctx); err != nil {
		return chat.Erasure{}, err
	}
	e, err := k.store.Erase(ctx, app, user, by)
	if err != nil {
		return e, err
	}
	k.log.Info("erased a user", "app", app, "token", e.Token, "events", e.Counts.Events, "messages", e.Counts.Messages, "receipts", e.Counts.Receipts,
		"waiting", len(e.Waiting), "schedules_left", len(e.Schedules), "who", by.Who, "reason", by.Reason)
	return e, nil
}

// Backup makes a copy of the store beside it.
func (k keeper) Backup(ctx context.Context, by chat.By) (string, error) {
	if !k.copying.TryLock() {
		return "", fmt.Errorf("%w: another backup is being made", console.ErrConflict)
	}
	defer k.copying.Unlock()
	const mark = ".backup-"
	old, _ := filepath.Glob(k.storeFile + mark + "*") // its only error is a bad pattern
	for _, path := range old {
		_ = os.Remove(path) // left behind by a process that died; in use it stays readable
	}
	path := k.storeFile + mark + randomHex(8)
	if err := k.store.Backup(ctx, path); err != nil {
		return "", err
	}
	k.log.Info("made a backup", "who", by.Who, "reason", by.Reason)
	return path, nil
}

// theApp is the application that is asked for, or the only one.
func (k keeper) theApp(name chat.AppName) (chat.AppName, error) {
	have := slices.Sorted(maps.Keys(k.now().apps))
	switch {
	case name == "" && len(have) == 1:
		return have[0], nil
	case name == "":
		return "", fmt.Errorf("%w: say in which application: %v", console.ErrUnfit, have)
	case !slices.Contains(have, name):
		return "", missing("no application %q, but %v", name, have)
	}
	return name, nil
}

// Erasures lists what was erased.
func (k keeper) Erasures(ctx context.Context) ([]chat.Erasure, error) { return k.store.Erasures(ctx) }

// CheckErased says whether a user was erased from an application.
func (k keeper) CheckErased(ctx context.Context, app chat.AppName, user chat.UserID) (chat.ErasureCheck, error) {
	app, err := k.theApp(app)
	if err != nil {
		return chat.ErasureCheck{}, err
	}
	return k.store.CheckErased(ctx, app, user)
}
