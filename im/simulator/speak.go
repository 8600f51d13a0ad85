package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Speak lets a member write in a group, as a person would with an app: an
// ordinary message to everybody, under the same size, rate and mute rules.
func (s *Simulator) Speak(group, user, text string) error {
	if err := s.speak(group, user, text); err != nil {
		return fmt.Errorf("speak as %q in group %q: %w", user, group, err)
	}
	return nil
}

func (s *Simulator) speak(group, user, text string) error {
	if text == "" {
		return errors.New("there is no text")
	}
	body, err := textBody(text)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[group]
	if g == nil {
		return errNoGroup
	}
	if g.members[user] == nil {
		return errNoMember
	}
	_, took, err := s.post(sent{group: group, from: user, random: s.random.Uint32(), body: body, text: text, priority: 1})
	if err == nil && !took {
		return errors.New("too many messages in this group in a second")
	}
	return err
}

func textBody(text string) (json.RawMessage, error) {
	body, err := json.Marshal([]map[string]any{{"MsgType": "TIMTextElem", "MsgContent": map[string]string{"Text": text}}})
	if err == nil && len(body) > maxMsgBody {
		err = errors.New("the text is over 12 KB")
	}
	return body, err
}
