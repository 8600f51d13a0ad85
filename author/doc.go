// Package author is what helps somebody write a plugin, short of running it: where
// botd's own source is, for a module that needs it, and the go command. Below it are
// scaffold, which writes a new plugin, and build, which makes programs of plugins.
package author
