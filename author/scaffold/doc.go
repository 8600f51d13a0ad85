// Package scaffold writes a new plugin: what somebody needs to begin with, in Go, Python
// or TypeScript, with a transcript that it passes.
package scaffold
