// Package build makes programs of plugins: a botd with a team's own plugins compiled
// in, from a module of a few lines that it writes.
package build
