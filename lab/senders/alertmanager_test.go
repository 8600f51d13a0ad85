package senders

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/botd-chat/botd/internal/need"
)

const token = "a-token-for-the-laboratory-alone"

// alertmanager is a real one that posts to one address.
type alertmanager struct{ url string }

// startAlertmanager starts one with these lines for http_config. It knows no
// other: each is a replica that is cut off.
func startAlertmanager(t *testing.T, address, auth string) *alertmanager {
	t.Helper()
	path := need.Program(t, "prometheus-alertmanager", "prometheus-alertmanager", "alertmanager")
	folder := t.TempDir()
	config := fmt.Sprintf(`
route: {receiver: botd, group_by: [alertname], group_wait: 1s, group_interval: 2s, repeat_interval: 4h}
receivers:
  - name: botd
    webhook_configs:
      - url: %s
        http_config: %s
`, address, auth)
	for name, text := range map[string]string{"alertmanager.yml": config, "token": token} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := run(t, folder, path, "--config.file=alertmanager.yml", "--storage.path=data",
		"--web.listen-address=127.0.0.1:0", "--cluster.listen-address=", "--log.level=debug")
	return &alertmanager{"http://" + p.says(t, `Listening on"? address=(127\.0\.0\.1:\d+)`)}
}

const (
	byBearer = "{authorization: {type: Bearer, credentials_file: token}}"
	byBasic  = "{basic_auth: {username: alertmanager, password_file: token}}"
)

// alert is what a Prometheus tells, at each evaluation, to each replica.
type alert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt,omitzero"`
}

// burning are the alerts of one cause on these machines.
func burning(machines ...string) []alert {
	var all []alert
	for _, m := range machines {
		all = append(all, alert{StartsAt: time.Now().Truncate(time.Millisecond),
			Labels:      map[string]string{"alertname": "DiskFull", "instance": m, "severity": "critical"},
			Annotations: map[string]string{"summary": "The disk of " + m + " is full"}})
	}
	return all
}

func resolved(alerts []alert) []alert {
	all := slices.Clone(alerts)
	for i := range all {
		all[i].EndsAt = time.Now().Truncate(time.Millisecond)
	}
	return all
}

func (a *alertmanager) tell(t *testing.T, alerts []alert) {
	t.Helper()
	body, err := json.Marshal(alerts)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(a.url+"/api/v2/alerts", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("alertmanager takes no alert: %s", res.Status)
	}
}

func TestAlertmanagerFiresInGroupsAndResolves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, verify, auth string }{
		{"bearer", "{bearer: {token_file: token}}", byBearer},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, c.verify, map[string]string{"token": token})
			h.start()
			a := startAlertmanager(t, h.botd.Hook("in"), c.auth)
			fire := burning("db1:9100", "db2:9100")
			a.tell(t, fire)
			both := []string{"firing", "DiskFull", "db1:9100", "db2:9100"}
			h.heard(both)
			a.tell(t, resolved(fire))
			h.heard(both, []string{"resolved", "DiskFull", "db1:9100", "db2:9100"})
		})
	}
}
