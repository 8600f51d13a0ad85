package simulator

import "slices"

// maxTargets is the most accounts one call can be for (product/1047/34959).
const maxTargets = 50

// list is To_Account as it was sent.
type list struct {
	shape shape
	ids   []string
}

type shape int

const (
	absent shape = iota
	odd          // null, "" or otherwise not an array
	array
)

// count is the number of entries, or NoList where there was no array.
func (l list) count() int {
	if l.shape != array {
		return NoList
	}
	return len(l.ids)
}

func readList(f fields, m *sent) error {
	if _, ok := f["To_Account"]; !ok {
		return nil
	}
	ids, isArray, err := f.accounts("To_Account")
	m.list = list{shape: odd, ids: ids}
	if isArray {
		m.list.shape = array
	}
	return err
}

// audience decides who receives a message, and why. What the documents leave
// open goes to the whole group unless a mode says otherwise.
func (s *Simulator) audience(g *group, m sent) (reason string, recipients []string, err error) {
	switch verdict := s.verdict(g, m); verdict {
	case Broadcast:
		return Broadcast, g.broadcast(m.onlineOnly), nil
	case Targeted:
	default:
		return "", nil, refuse(number(verdict), "To_Account is not possible here")
	}
	targets := m.list.ids
	if len(targets) > maxTargets {
		if s.modes.LongList != "cut" {
			return "", nil, refuse(number(s.modes.LongList), "To_Account has more than 50 entries")
		}
		targets = targets[:maxTargets]
	}
	if s.modes.UnknownTarget != "skip" && slices.ContainsFunc(targets, s.unknown) {
		return "", nil, refuse(number(s.modes.UnknownTarget), "an account in To_Account does not exist")
	}
	return Targeted, g.reach(targets, m.onlineOnly), nil
}

// verdict is Targeted, Broadcast or the ErrorCode that a mode chose.
func (s *Simulator) verdict(g *group, m sent) string {
	switch {
	case m.list.shape == absent:
		return Broadcast
	case m.list.shape == odd:
		return s.modes.OddList
	case len(m.list.ids) == 0:
		return s.modes.EmptyList
	case !s.app.targets():
		return s.modes.ListInEdition
	case g.listless():
		return s.modes.ListInWrongType
	case m.mentions > 0:
		return s.modes.ListWithAt
	}
	return Targeted
}

func (s *Simulator) unknown(id string) bool { return s.accounts[id] == nil }

// broadcast lists who receives a message to the whole group.
func (g *group) broadcast(onlineOnly bool) []string {
	if !onlineOnly {
		return g.all()
	}
	out := []string{}
	for _, m := range g.joined {
		if !m.account.offline {
			out = append(out, m.account.id)
		}
	}
	return out
}

// reach keeps the members among targets, each once, and with onlineOnly those
// who are online.
func (g *group) reach(targets []string, onlineOnly bool) []string {
	out := make([]string, 0, len(targets))
	for _, id := range targets {
		m := g.members[id]
		if m == nil || onlineOnly && m.account.offline || slices.Contains(out, id) {
			continue
		}
		out = append(out, id)
	}
	return out
}
