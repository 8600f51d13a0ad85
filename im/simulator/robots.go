package simulator

import (
	"cmp"
	"slices"
)

// maxRobots is the most robots of an application (product/1047/55280).
const maxRobots = 20

// createRobot is create_robot. Making a robot again changes nothing.
func (s *Simulator) createRobot(c *call) (any, error) {
	id, err := c.body.account("UserID")
	if err != nil {
		return nil, err
	}
	if !isRobot(id) || checkAccount(id) != nil {
		return nil, refuse(10004, "UserID starts with @RBT# and has up to 32 bytes")
	}
	if signature, err := c.body.text("SelfSignature"); err != nil || len(signature) > 500 {
		return nil, refuse(10004, "SelfSignature is not a string of up to 500 bytes")
	}
	for _, name := range []string{"Nick", "FaceUrl"} {
		if _, err := c.body.text(name); err != nil {
			return nil, err
		}
	}
	if s.unknown(id) && len(s.robotIDs()) >= maxRobots {
		return nil, refuse(10008, "the application has 20 robots")
	}
	s.account(id)
	return okay, nil
}

type robotsAnswer struct {
	envelope
	Robots []string `json:"Robot_Account"`
}

// allRobots is get_all_robots.
func (s *Simulator) allRobots(*call) (any, error) {
	return robotsAnswer{okay, s.robotIDs()}, nil
}

func (s *Simulator) robotIDs() []string {
	out := []string{}
	for id := range s.accounts {
		if isRobot(id) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// deleteRobot is delete_robot. The robot leaves its groups.
func (s *Simulator) deleteRobot(c *call) (any, error) {
	id, err := c.body.account("Robot_Account")
	if err != nil {
		return nil, err
	}
	if !isRobot(id) || s.unknown(id) {
		return nil, refuse(10004, "Robot_Account is no robot of the application")
	}
	delete(s.accounts, id)
	for _, g := range s.groups {
		if g.members[id] != nil {
			g.remove(id)
		}
	}
	s.hub.changed()
	return okay, nil
}

type addressesAnswer struct {
	ActionStatus string
	ErrorCode    int
	IPList       []string //nolint:revive,staticcheck // the service's spelling
}

// addresses is GetIPList (product/1047/34921): where the callbacks come from, plain
// addresses and ranges mixed. As the sample, it has no ErrorInfo.
func (s *Simulator) addresses(c *call) (any, error) {
	switch kind := cmp.Or(c.query.Get("nettype"), "0"); kind {
	case "0", "5", "6":
		return addressesAnswer{"OK", 0, []string{loopback, "::1", "192.0.2.0/24"}}, nil
	case "1", "2", "3", "4":
		return addressesAnswer{"OK", 0, []string{"198.51.100.7", "198.51.100.64/26"}}, nil
	}
	return nil, refuse(60025, "nettype is no number from 0 to 6")
}
