package callbacks

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/botd-chat/botd/strangers"
)

// Guard is what keeps a message from starting anything, in a word for a metric: two bots
// that answer each other would do so without end (product/1047/34959 names
// ForbidCallbackControl, which we set; these are for what comes nevertheless).
type Guard string

// The guards.
const (
	GuardREST          Guard = "rest"          // sent by a backend, ours or another
	GuardAdministrator Guard = "administrator" // in whose name we call the service
	GuardAccount       Guard = "account"       // one of our bots
	GuardRobot         Guard = "robot"         // a robot account of whomever
	GuardMark          Guard = "mark"          // it carries the mark of our messages
)

// robotPrefix begins the accounts of robots (product/1047/68952).
const robotPrefix = "@RBT#"

// echo is the guard that a message runs into; empty for none. The mark is none of them:
// an app can write it into what a member sends, who would not be held then.
func (a App) echo(c Callback) Guard {
	switch m := c.Message; {
	case m.From == a.Administrator || m.Operator != "" && m.Operator == a.Administrator:
		return GuardAdministrator
	case slices.Contains(a.Accounts, m.From):
		return GuardAccount
	case strings.HasPrefix(string(m.From), robotPrefix):
		return GuardRobot
	case strings.EqualFold(c.Platform, "RESTAPI"):
		return GuardREST
	}
	return ""
}

// marked reports the mark of our own messages, {"botd":1}.
func (m Message) marked() bool {
	if !strings.Contains(m.Mark, `"botd"`) {
		return false
	}
	var mark map[string]json.RawMessage
	return json.Unmarshal([]byte(m.Mark), &mark) == nil && string(mark["botd"]) == "1"
}

// spared remembers messages that a rule would hold, but for a guard that the group's
// history does not show: there, they look like a member's. What is forgotten, as by a
// restart, is taken for one.
type spared struct {
	mu   sync.Mutex
	keys strangers.Recent[string, bool]
}

func (s *spared) add(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys.Put(key, true)
}

func (s *spared) has(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	is, _ := s.keys.Get(key)
	return is
}
