package senders

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/internal/need"
)

const token = "a-token-for-the-laboratory-alone"

// alertmanager is a real one that posts to one address.
type alertmanager struct{ url string }

// startAlertmanager starts one with the configuration of the page, which posts to
// this address and proves itself by these lines of http_config, if there are
// any, instead. It knows no other: each is a replica that is cut off.
func startAlertmanager(t *testing.T, address, auth string) *alertmanager {
	t.Helper()
	path := need.Program(t, "prometheus-alertmanager", "prometheus-alertmanager", "alertmanager")
	folder := t.TempDir()
	config := strings.NewReplacer(
		"https://bots.example.com/hooks/alerts", address, "/etc/alertmanager/botd.token", "token",
		"group_by: [alertname, cluster]", "group_by: [alertname, cluster]\n  group_wait: 1s\n  group_interval: 2s",
	).Replace(string(file(t, "../../docs/examples/senders/alertmanager.yml")))
	if auth != "" {
		before, _, _ := strings.Cut(config, "http_config:")
		config = before + "http_config: " + auth
	}
	for name, text := range map[string]string{"alertmanager.yml": config, "token": token} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := run(t, folder, path, "--config.file=alertmanager.yml", "--storage.path=data",
		"--web.listen-address=127.0.0.1:0", "--cluster.listen-address=", "--log.level=debug")
	return &alertmanager{"http://" + p.says(t, `Listening on"? address=(127\.0\.0\.1:\d+)`)}
}

const byBasic = "{basic_auth: {username: alertmanager, password_file: token}}"

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
		{"bearer", "{alertmanager: {bearer: {token_file: token}}}", ""},
		{"basic", "{alertmanager: {basic: {user: alertmanager, password_file: token}}}", byBasic},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, c.verify, "preset: alertmanager", map[string]string{"token": token})
			h.start()
			a := startAlertmanager(t, h.botd.Hook("in"), c.auth)
			fire := burning("db1:9100", "db2:9100")
			a.tell(t, fire)
			both := []string{"2 firing: DiskFull (critical)\n", "The disk of db1:9100 is full", "The disk of db2:9100 is full"}
			h.heard(both)
			a.tell(t, resolved(fire))
			h.heard(both, []string{"2 resolved: DiskFull (critical)\n", "db1:9100", "db2:9100"})
		})
	}
}

// TestAlertmanagerOutlastsABotdThatIsDown posts into nothing, into a load
// balancer without a botd behind it, and to a botd whose answer is lost.
func TestAlertmanagerOutlastsABotdThatIsDown(t *testing.T) {
	t.Parallel()
	h := open(t, "{alertmanager: {bearer: {token_file: token}}}", "preset: alertmanager", map[string]string{"token": token})
	f := before(t, h.botd.Hook("in"), refuse, pass, swallow)
	a := startAlertmanager(t, f.URL, "")
	a.tell(t, burning("db1:9100"))
	await(t, "post into nothing", func() bool { return len(f.answers()) == 1 })
	h.start()
	await(t, "post whose answer arrives", func() bool { return len(f.answers()) == 3 })
	h.heard([]string{"Firing: DiskFull on db1:9100 (critical)\n"})
	if got := f.answers(); !slices.Equal(got, []int{502, 202, 202}) {
		t.Errorf("the answers were %v", got)
	}
}

func TestTwoReplicasOfAlertmanagerAreToldOnce(t *testing.T) {
	t.Parallel()
	h := open(t, "{alertmanager: {bearer: {token_file: token}}}", "preset: alertmanager", map[string]string{"token": token})
	h.start()
	f := before(t, h.botd.Hook("in"))
	replicas := []*alertmanager{startAlertmanager(t, f.URL, ""), startAlertmanager(t, f.URL, "")}
	alerts := burning("db1:9100")
	for _, alerts := range [][]alert{alerts, resolved(alerts)} {
		said := len(f.answers())
		for _, r := range replicas {
			r.tell(t, alerts)
		}
		await(t, "posts of both", func() bool { return len(f.answers()) == said+2 })
	}
	h.heard([]string{"Firing: DiskFull on db1:9100 (critical)\n"}, []string{"Resolved: DiskFull on db1:9100 (critical)\n"})
}
