package simulator

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// origin is where a change comes from, as callbacks tell it.
type origin struct {
	operator string // Operator_Account
	platform string // OptPlatform
	address  string // ClientIP; "": none is told
}

// loopback is the address of everybody who uses the simulator.
const loopback = "127.0.0.1"

// byREST is a change that a call of the REST API makes (product/1047/34354).
func byREST(c *call) origin { return origin{c.identifier, "RESTAPI", loopback} }

// byApp is a change that somebody makes with an app.
func byApp(user string) origin { return origin{user, "Android", loopback} }

// eventTime is now in Unix milliseconds, which the tables call an integer and some
// samples show as a string.
func (s *Simulator) eventTime() any {
	ms := s.Now().UnixMilli()
	if s.modes.EventTime == "string" {
		return strconv.FormatInt(ms, 10)
	}
	return ms
}

// aboutGroup is what the callbacks about a group have in common.
func (s *Simulator) aboutGroup(g *group, more entry) entry {
	body := entry{"GroupId": g.id, "Type": g.kind, "EventTime": s.eventTime()}
	for name, value := range more {
		body[name] = value
	}
	return body
}

// beforeBody is the body of Group.CallbackBeforeSendMsg (product/1047/34374).
func (s *Simulator) beforeBody(g *group, m sent) entry {
	body := s.aboutGroup(g, entry{
		"From_Account": m.from, "Operator_Account": m.origin.operator, "Random": m.random,
		"OnlineOnlyFlag": flag(m.onlineOnly), "MsgBody": m.body, "CloudCustomData": m.custom,
	})
	if s.modes.CallbackMsgID == "present" {
		body["MsgId"] = fmt.Sprintf("%d-%d-%d", clientID(m.from), s.Now().Unix(), m.random)
	}
	return body
}

// afterBody is the body of Group.CallbackAfterSendMsg (product/1047/34375). It has
// no To_Account, whoever the message was for.
func (s *Simulator) afterBody(g *group, m sent, out *Message) entry {
	body := s.beforeBody(g, m)
	body["MsgSeq"], body["MsgTime"] = out.Seq, out.Time.Unix()
	if m.at != nil {
		body["GroupAtInfo"] = m.at
	}
	return body
}

// clientID is the number that begins a MsgId: the same for all that one sends.
func clientID(user string) uint64 {
	const first = 144115200000000000
	var sum uint64
	for _, b := range []byte(user) {
		sum = sum*31 + uint64(b)
	}
	return first + sum%1_000_000_000
}

// tellSent tells of a message in a group that was delivered.
func (s *Simulator) tellSent(g *group, m sent, out *Message) {
	silent := m.forbids("ForbidAfterSendMsgCallback")
	if !silent && s.callbacks.sends(AfterSendMsg) {
		s.tell(s.pack(AfterSendMsg, m.origin, s.afterBody(g, m, out)))
	}
	silent = silent && s.modes.ForbidForRobots == "suppressed"
	if robots := m.robots(); len(robots) > 0 && !silent && s.callbacks.sends(RobotGroupMessage) {
		body := s.afterBody(g, m, out)
		body["AtRobots_Account"] = robots
		s.tell(s.pack(RobotGroupMessage, m.origin, body))
	}
}

// tellDropped tells of a message that the group's rate left no room for
// (product/1047/34355).
func (s *Simulator) tellDropped(g *group, m sent) {
	if !s.callbacks.sends(SendMsgException) {
		return
	}
	body := s.beforeBody(g, m)
	body["ErrorCode"], body["ErrorInfo"] = 10023, "too many messages in this group in a second"
	from := m.origin
	from.address = ""
	s.tell(s.pack(SendMsgException, from, body))
}

// isRobot holds for the accounts that create_robot makes.
func isRobot(account string) bool { return strings.HasPrefix(account, "@RBT#") }

// robots are those that a message names; @all names none.
func (m sent) robots() []string {
	var list []fields
	var out []string
	_ = json.Unmarshal(m.at, &list) // readMentions saw that it can be
	for _, e := range list {
		if id, _ := e.account("GroupAt_Account"); isRobot(id) && string(e["GroupAtAllFlag"]) != "1" {
			out = append(out, id)
		}
	}
	return out
}

func flag(on bool) int {
	if on {
		return 1
	}
	return 0
}
