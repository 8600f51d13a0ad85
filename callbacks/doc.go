// Package callbacks is told by the chat service what happens in groups, and decides what
// becomes of what members write before anybody sees it.
package callbacks
