package daemon

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

// keeper looks after the store for the console.
type keeper struct {
	*system
	copying *sync.Mutex
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
