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
	have := slices.Sorted(maps.Keys(k.apps))
	switch {
	case app == "" && len(have) == 1:
		app = have[0]
	case app == "":
		return chat.Erasure{}, fmt.Errorf("%w: say in which application: %v", console.ErrUnfit, have)
	case !slices.Contains(have, app):
		return chat.Erasure{}, fmt.Errorf("no application %q, but %v: %w", app, have, console.ErrNotFound)
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
		"waiting", len(e.Waiting), "who", by.Who, "reason", by.Reason)
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
