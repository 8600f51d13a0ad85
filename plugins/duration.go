package plugins

import "github.com/botd-chat/botd/chat"

// Duration is a length of time in options, written "90s" or "1h30m". It is
// never negative.
type Duration = chat.Duration
