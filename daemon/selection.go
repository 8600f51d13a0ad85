package daemon

import (
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/console"
)

// selection is what flags select.
type selection struct {
	console.Selection
	since, until string
}

// letterFlags select among what waits for a person.
func (s *selection) letterFlags(c *cobra.Command) {
	oneOfFlag(c, &s.Kind, "kind", "", "only these: ", "event", "message")
	s.flags(c, "that stand so since", []string{"held", "dead"}, []string{"refused", "failed", "partly", "unknown", "surge", "review"})
}

// eventFlags select among events.
func (s *selection) eventFlags(c *cobra.Command) {
	s.flags(c, "accepted at", []string{"held", "done", "dead"}, []string{"handled", "refused", "failed"})
}

func (s *selection) flags(c *cobra.Command, when string, states, outcomes []string) {
	c.Flags().StringVar((*string)(&s.Bot), "bot", "", "only of this bot")
	c.Flags().StringVar((*string)(&s.Group), "group", "", "only for this group")
	c.Flags().StringVar((*string)(&s.Trigger), "trigger", "", "only from this trigger")
	oneOfFlag(c, (*string)(&s.Status), "state", "", "only what is in one of these: ", states...)
	oneOfFlag(c, (*string)(&s.Outcome), "outcome", "", "only what ended so: ", outcomes...)
	c.Flags().StringVar(&s.Because, "because", "", "only what has this in its reason")
	c.Flags().StringVar(&s.since, "since", "", "only those "+when+" this time or later: 2026-03-04T09:00:00Z, or 2h for two hours ago")
	c.Flags().StringVar(&s.until, "until", "", "only those "+when+" a time before this")
}

// read reads the times.
func (s *selection) read(now time.Time) (err error) {
	if s.Since, err = moment("since", s.since, now); err == nil {
		s.Until, err = moment("until", s.until, now)
	}
	return err
}

// moment reads a time, or how long ago it was; empty is none.
func moment(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago > 0 {
		return now.Add(-ago).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, usage("--%s %q is no time; write 2026-03-04T09:00:00Z, or 2h for two hours ago", flag, text)
	}
	return t, nil
}

// query is the selection as parameters of a listing.
func (s *selection) query(now time.Time) (url.Values, error) {
	if err := s.read(now); err != nil {
		return nil, err
	}
	q := url.Values{}
	for key, value := range map[string]string{"kind": s.Kind, "bot": string(s.Bot), "group": string(s.Group), "trigger": string(s.Trigger),
		"state": string(s.Status), "outcome": string(s.Outcome), "because": s.Because, "since": stamp(s.Since), "until": stamp(s.Until)} {
		if value != "" {
			q.Set(key, value)
		}
	}
	return q, nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}
