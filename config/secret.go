package config

import "github.com/botd-chat/botd/chat"

// Secret is a value that cannot be printed, logged or encoded by accident.
type Secret = chat.Secret

// NewSecret returns s as a Secret. The empty string is the zero value.
func NewSecret(s string) Secret { return chat.NewSecret(s) }
