// Package host runs a plugin where the operator placed it: at an address that somebody
// else looks after ([Remote]), as a program of its own ([Program]), or as botd's own
// binary once more ([Isolated]).
package host
