// Package leaks finds what members wrote and others saw although it was to be held, and
// takes it back.
package leaks
