package webhooks

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// alertsMaxBody is how large a group of alerts may be. A sender of alerts drops
// what is refused, and a bad night makes large groups.
const alertsMaxBody = 10 << 20

// alertsWithin is how long the same alerts are a repeat, when nothing else is
// said: for a retry, and for what two replicas send that do not see each other.
// Later the same alerts are a reminder, which was asked for.
const alertsWithin = 5 * time.Minute

// alertReader reads groups of alerts as Alertmanager posts them, and Grafana,
// which took the form over (prometheus/alertmanager notify/webhook,
// template.Data).
type alertReader struct {
	jsonOnly
	sender  string
	version string // of the form
	within  time.Duration
}

func newAlertReader(sender, version string, s Settings) alertReader {
	if s.Within == 0 {
		s.Within = alertsWithin
	}
	return alertReader{sender: sender, version: version, within: s.Within}
}

// alertGroup is what makes a group of alerts the same as another one.
type alertGroup struct {
	Version   string      `json:"version"`
	Receiver  string      `json:"receiver"`
	GroupKey  string      `json:"groupKey"`
	Status    string      `json:"status"`
	Truncated json.Number `json:"truncatedAlerts"` // how many are left out
	Alerts    []oneAlert  `json:"alerts"`
}

type oneAlert struct {
	Fingerprint string `json:"fingerprint"`
	Status      string `json:"status"`
	StartsAt    string `json:"startsAt"`
	EndsAt      string `json:"endsAt"`
}

// Read makes one delivery of a group; its type is "firing" or "resolved".
func (r alertReader) Read(q *Request) (Reading, error) {
	var g alertGroup
	if err := json.Unmarshal(q.Body, &g); err != nil {
		where := "the payload"
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
			where = e.Field
		}
		return Reading{}, r.unfit(where + " is of another kind")
	}
	if wrong := r.wrong(g); len(wrong) > 0 {
		return Reading{}, r.unfit(strings.Join(wrong, ", "))
	}
	id, err := g.id()
	if err != nil {
		return Reading{}, r.unfit(err.Error())
	}
	return one(Delivery{ID: id, Within: r.within, Type: g.Status, Payload: q.Body}), nil
}

func (r alertReader) unfit(what string) error {
	return &Unfit{fmt.Errorf("not as %s sends alerts (version %q): %s; a text of one's own goes to a hook of another scheme, such as bearer", r.sender, r.version, what)}
}

// wrong is what is missing, and what nobody knows to read.
func (r alertReader) wrong(g alertGroup) (all []string) {
	need := func(name, value string) {
		if value == "" {
			all = append(all, name+" is missing")
		}
	}
	if need("version", g.Version); g.Version != "" && g.Version != r.version {
		all = append(all, "version is another one")
	}
	need("groupKey", g.GroupKey)
	if g.Status != "firing" && g.Status != "resolved" {
		all = append(all, "status is neither firing nor resolved")
	}
	if len(g.Alerts) == 0 {
		all = append(all, "alerts is missing or empty")
	}
	for i, a := range g.Alerts {
		at := "alerts[" + strconv.Itoa(i) + "]."
		need(at+"status", a.Status)
		need(at+"fingerprint", a.Fingerprint)
		need(at+"startsAt", a.StartsAt)
	}
	return all[:min(len(all), 5)] // which is enough to see what was sent
}

// id is the same for the same alerts in the same state, in whatever order and
// zone a replica writes them. A firing alert's end is no part of it: there is
// none.
func (g alertGroup) id() (string, error) {
	alerts := slices.Clone(g.Alerts)
	for i := range alerts {
		a := &alerts[i]
		if a.Status == "firing" {
			a.EndsAt = ""
		}
		for name, text := range map[string]*string{"startsAt": &a.StartsAt, "endsAt": &a.EndsAt} {
			if *text == "" {
				continue
			}
			at, err := time.Parse(time.RFC3339, *text)
			if err != nil {
				return "", fmt.Errorf("alerts[%d].%s is no time", i, name)
			}
			*text = at.UTC().Format(time.RFC3339Nano)
		}
	}
	slices.SortFunc(alerts, func(a, b oneAlert) int {
		return strings.Compare(a.Fingerprint+a.StartsAt+a.Status+a.EndsAt, b.Fingerprint+b.StartsAt+b.Status+b.EndsAt)
	})
	g.Alerts = alerts
	text, err := json.Marshal(g)
	if err != nil {
		return "", errors.New("truncatedAlerts is no number")
	}
	sum := sha256.Sum256(text)
	return g.Status + "-" + hex.EncodeToString(sum[:]), nil
}
