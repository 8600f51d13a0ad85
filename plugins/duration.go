package plugins

import "github.com/botd-chat/botd/chat"

// Duration is a length of time in options, written "90s" or "1h30m". It is
// never negative.
type Duration = chat.Duration

// Secret is an option that nobody is to see, such as a token. It prints and is written
// as "***"; [chat.Secret.Reveal] tells it. Operators do not write it in bots.yaml, but
// where it is: {file: secrets/token} or {env: TOKEN}.
type Secret = chat.Secret
