package simulator

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Commands of the callbacks that the simulated world can cause (product/1047/34355).
const (
	BeforeSendMsg      = "Group.CallbackBeforeSendMsg"
	AfterSendMsg       = "Group.CallbackAfterSendMsg"
	SendMsgException   = "Group.CallbackSendMsgException"
	MemberJoined       = "Group.CallbackAfterNewMemberJoin"
	MemberExited       = "Group.CallbackAfterMemberExit"
	MemberFieldChanged = "Group.CallbackAfterMemberFieldChanged"
	OwnerChanged       = "Group.CallbackAfterChangeGroupOwner"
	GroupCreated       = "Group.CallbackAfterCreateGroup"
	GroupDestroyed     = "Group.CallbackAfterGroupDestroyed"
	RecalledMsg        = "Group.CallbackAfterRecallMsg"
	BeforeSendC2C      = "C2C.CallbackBeforeSendMsg"
	AfterSendC2C       = "C2C.CallbackAfterSendMsg"
	RobotGroupMessage  = "Bot.OnGroupMessage"
	RobotC2CMessage    = "Bot.OnC2CMessage"
	StateChange        = "State.StateChange"
)

var callbackCommands = []string{
	BeforeSendMsg, AfterSendMsg, SendMsgException, MemberJoined, MemberExited, MemberFieldChanged, OwnerChanged,
	GroupCreated, GroupDestroyed, RecalledMsg, BeforeSendC2C, AfterSendC2C, RobotGroupMessage, RobotC2CMessage, StateChange,
}

// Callbacks is what the console of the service holds about callbacks
// (product/1047/34520). The zero value sends none. A change takes effect at once,
// not after the service's two minutes.
type Callbacks struct {
	URL      string   `json:"url"`             // http or https; "": no callbacks
	Token    string   `json:"token,omitempty"` // signs them; "": they carry neither Sign nor RequestTime
	Commands []string `json:"commands"`        // those that are switched on; none: every one
}

func (c Callbacks) check() error {
	for _, name := range c.Commands {
		if !slices.Contains(callbackCommands, name) {
			return strange("callback", name, callbackCommands)
		}
	}
	if c.URL == "" {
		return nil
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil:
		return errors.New("the URL of the callbacks cannot be read") // err would show it
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return errors.New("the URL of the callbacks needs http:// or https:// and a host")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.User != nil || strings.ContainsAny(c.URL, "!$& "):
		return errors.New("the URL of the callbacks may hold none of ! $ & ?, no blank, no fragment and no user")
	}
	return nil
}

// sends reports whether a callback is switched on.
func (c Callbacks) sends(command string) bool {
	return c.URL != "" && (len(c.Commands) == 0 || slices.Contains(c.Commands, command))
}

// SetCallbacks replaces the settings of the callbacks. Those that are on their way
// keep the old ones.
func (s *Simulator) SetCallbacks(c Callbacks) error {
	if err := c.check(); err != nil {
		return fmt.Errorf("set callbacks: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Commands = slices.Clone(c.Commands)
	s.callbacks = c
	return nil
}

// Callbacks returns the settings of the callbacks, the token too.
func (s *Simulator) Callbacks() Callbacks {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.callbacks
	c.Commands = slices.Clone(c.Commands)
	return c
}
