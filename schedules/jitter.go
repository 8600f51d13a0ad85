package schedules

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Put is how far a time of a schedule is put off: by full seconds up to jitter, and by
// the same wherever and whenever it is worked out.
func Put(bot chat.BotName, name chat.TriggerName, meant time.Time, jitter time.Duration) time.Duration {
	seconds := uint64(max(jitter, 0) / time.Second)
	// The schedules of one time should spread, and so should the times of one schedule:
	// a plain sum would leave them in a row.
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", bot, name, meant.Unix()))
	return time.Duration(binary.BigEndian.Uint64(sum[:])%(seconds+1)) * time.Second
}
