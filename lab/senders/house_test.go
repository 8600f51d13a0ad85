package senders

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/lab/rig"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(built)
		os.Exit(code)
	}))
}

// built is where the programs of all tests lie, once one of them needs it.
var built string

var binary = sync.OnceValues(func() (string, error) {
	var err error
	if built, err = os.MkdirTemp("", "botd-senders-"); err != nil {
		return "", err
	}
	return rig.Build(context.Background(), built)
})

// onCall are those whom the bot of a house tells; not the owner, nor a member.
var onCall = []string{"admin1", "admin2"}

// house is a chat service with one group, and a botd with its bots.
type house struct {
	t       *testing.T
	service *rig.Service
	botd    *rig.Botd
	folder  string // of the configuration and the secrets
}

// open makes a house whose one bot has one hook, called in, with these lines of
// configuration for verify:, and tells those on call what this line of a rule
// says. The secrets lie beside it by their names. botd is not started yet.
func open(t *testing.T, verify, says string, secrets map[string]string) *house {
	t.Helper()
	return furnish(t, secrets, fmt.Sprintf(`bots:
  lab:
    account: %s
    groups: [%q]
    on:
      in: {webhook: in, verify: %s}
    vars: {oncall: [%s]}
    audience: {roles: [admin]}
    rules:
      - on: in
        to: admin and id in vars.oncall
        %s
`, rig.Account, rig.GroupID(0), verify, strings.Join(onCall, ", "), says))
}

// furnish makes a house with these bots, as they stand in a configuration.
func furnish(t *testing.T, secrets map[string]string, bots string) *house {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts real processes and waits for them")
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	service, err := rig.NewService(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	h := &house{t: t, service: service, folder: t.TempDir()}
	for name := range secrets {
		if err := os.MkdirAll(filepath.Join(h.folder, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	h.botd, err = rig.Configure(path, h.folder, secrets, func(l rig.Listen) string {
		return fmt.Sprintf("apps:\n  main:\n%s\nstore: sqlite:%s\n%s%s", service.App(), filepath.Join(h.folder, "botd.db"), l.YAML(), bots)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.botd.Kill()
		if t.Failed() {
			t.Logf("botd's log:\n%s", tail(h.botd.Log))
		}
	})
	return h
}

// start starts botd, again if it was stopped.
func (h *house) start() {
	h.t.Helper()
	if err := h.botd.Start(h.t.Context()); err != nil {
		h.t.Fatalf("%v\n%s", err, tail(h.botd.Log))
	}
}

// heard waits until those on call have as many messages as there are lists of
// words, and all is at rest. Then each of them has just these messages, one with
// all the words of each list, and nobody else has any.
func (h *house) heard(messages ...[]string) {
	h.t.Helper()
	await(h.t, fmt.Sprintf("%d messages", len(messages)), func() bool {
		waiting, err := h.botd.Waiting(h.t.Context())
		return err == nil && waiting == 0 && h.arrived() >= len(messages)
	})
	for user, inbox := range h.service.Inboxes() {
		if !slices.Contains(onCall, user) {
			if n := len(inbox.Messages); n > 0 {
				h.t.Errorf("%s is not on call and was shown %d messages: %q", user, n, inbox.Messages[0].Text)
			}
			continue
		}
		if len(inbox.Messages) != len(messages) {
			h.t.Errorf("%s was told %d times, want %d:", user, len(inbox.Messages), len(messages))
		}
		for i, m := range inbox.Messages {
			if i >= len(messages) || !says(m.Text, messages[i]) {
				h.t.Errorf("%s was told:\n%s", user, m.Text)
			}
		}
	}
}

// arrived is how many messages the first of those on call has.
func (h *house) arrived() int {
	inbox, err := h.service.Inbox(onCall[0])
	if err != nil {
		h.t.Error(err)
	}
	return len(inbox.Messages)
}

func says(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// await waits until something is so, which takes a program of somebody else's a
// moment.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(); {
		if time.Now().After(deadline) {
			t.Fatalf("still no %s after %v", what, patience)
		}
		if !rig.Wait(t.Context(), 20*time.Millisecond) {
			t.Fatal(t.Context().Err())
		}
	}
}

const patience = 40 * time.Second

// tail is the end of a log, for whoever reads why a test failed.
func tail(log string) string {
	text, err := os.ReadFile(log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-6000):])
}
