package config

import (
	"testing"

	"github.com/botd-chat/botd/chat"
)

// Rules 13 and 14 of package im are about callbacks. What the verdict over a message
// needs is made when the configuration is read, so that nothing slow is left to do
// (package callbacks); and what is not held goes back to its sender alone, unless an
// operator wrote relay beside it (package bots).
func TestRule13And14_WhatIsHeardIsCompiledAndNotRelayed(t *testing.T) {
	files := [][]byte{testdata(t, "good.yaml"), testdata(t, "other.yaml")}
	inFolder(t)
	heard, relayed := 0, 0
	for _, file := range files {
		c, err := Parse("bots.yaml", file, fakes())
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range c.Bots {
			for _, tr := range b.Triggers {
				if tr.Callback == nil || tr.Callback.Via == "" {
					continue
				}
				heard++
				if ways := len(tr.Callback.Commands) + bit(tr.Callback.Pattern != nil) + bit(tr.Callback.Any); ways == 0 {
					t.Errorf("%s.%s counts nothing", b.Name, tr.Name)
				}
				if tr.Callback.Relay {
					relayed++
				}
				if tr.Kind() != chat.Typed {
					t.Errorf("%s.%s is of kind %s", b.Name, tr.Name, tr.Kind())
				}
			}
		}
	}
	if heard < 10 || relayed != 1 {
		t.Errorf("%d triggers hear what is written, of which %d relay it; one has relay: true", heard, relayed)
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
