package config

import (
	"encoding/json"
	"os"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Options are what reading a configuration needs from elsewhere. In the zero
// value variables and secrets come from the environment and from files, and
// nothing is asked of plugins, expressions and regions.
type Options struct {
	// Lookup finds an environment variable; nil is os.LookupEnv.
	Lookup func(name string) (value string, ok bool)
	// ReadSecret finds a secret. What it returns is taken as it is, if it is
	// not empty; its errors are shown and must not hold the secret. Nil reads
	// files, beginning at the folder of the configuration, and variables
	// through Lookup, and judges the form of what it finds.
	ReadSecret func(SecretRef) (Secret, error)

	// Apps, when set, puts these in place of what the file says about each of
	// its applications. Only their names are then read, and a file without any
	// has one, called main.
	Apps func(chat.AppName) App
	// Store, when set, is used in place of the file's.
	Store *Store

	// Running, when set, is the configuration of a botd that is to go on with
	// what is read. What it would need a new start for is a problem then.
	Running *Config

	// Certificate reads a certificate and its key; the warning, if it is not
	// empty, is about one that can be used and perhaps should not. Nil takes any.
	Certificate func(certFile, keyFile string) (warning string, err error)

	// Regions are the names a region can have; nil takes any.
	Regions []string
	// Plugins are the names a plugin can have; nil takes any.
	Plugins []string
	// PluginSchema is the JSON Schema of a plugin's options, for [Schema]. It
	// can refer to an audience as #/$defs/audience. Nil leaves them open.
	PluginSchema func(name string) json.RawMessage
	// Plugin checks a bot's options, a JSON object.
	Plugin func(name string, options json.RawMessage) error
	// Program looks for a program, by its name or by a path that begins at the
	// folder, and starts nothing. Nil takes any.
	Program func(folder, program string) error
	// Trigger checks whether that plugin, with these options, can do something
	// with a trigger. It is asked when Plugin found nothing wrong.
	Trigger func(plugin string, options json.RawMessage, t Trigger) error
	// Expression checks an expression over a payload.
	Expression func(source string) error
	// Where checks the condition of an audience, which is over one member.
	Where func(source string) error
	// Now says by which time it is told what has passed; nil is time.Now.
	Now func() time.Time
	// Signed checks a text that says what an HMAC is made of.
	Signed func(text string) error
}

func (o Options) withDefaults() Options {
	if o.Lookup == nil {
		o.Lookup = os.LookupEnv
	}
	if o.Plugin == nil {
		o.Plugin = func(string, json.RawMessage) error { return nil }
	}
	if o.Trigger == nil {
		o.Trigger = func(string, json.RawMessage, Trigger) error { return nil }
	}
	if o.Expression == nil {
		o.Expression = func(string) error { return nil }
	}
	if o.Signed == nil {
		o.Signed = func(string) error { return nil }
	}
	if o.Where == nil {
		o.Where = func(string) error { return nil }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
