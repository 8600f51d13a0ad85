package config

import (
	"strings"
	"testing"
)

func TestWhatNeedsARestartIsRefusedWhileBotdRuns(t *testing.T) {
	good := string(testdata(t, "good.yaml"))
	inFolder(t)
	running, err := Parse("bots.yaml", []byte(good), fakes())
	if err != nil {
		t.Fatal(err)
	}
	o := fakes()
	o.Running = running
	if ps := problemsOf(t, []byte(good), o); ps != nil {
		t.Fatalf("the same configuration is refused:\n%v", ps)
	}
	for name, c := range map[string]struct{ from, to, want string }{
		"another store":            {"store: sqlite:botd.db", "store: sqlite:other.db", "bots.yaml:20:8: store: the store cannot be changed while botd runs; put back sqlite:botd.db, or restart botd"},
		"the store left out":       {"store: sqlite:botd.db\n", "", ""},
		"another public address":   {"  public: ", "  public: 127.0.0.1:9999 # ", "listen.public: the public address cannot be changed while botd runs; put back " + running.Listen.Public + ", or restart botd"},
		"another admin address":    {"  admin: ", "  admin: 127.0.0.1:9999 # ", "listen.admin: the admin address cannot be changed while botd runs; put back " + running.Listen.Admin + ", or restart botd"},
		"no public address":        {"  public: ", "  # public: ", "bots.yaml:21:1: listen: the public address cannot be changed while botd runs; put back " + running.Listen.Public + ", or restart botd"},
		"another application":      {"sdk_app_id: ", "sdk_app_id: 14000007 # ", "apps.main.sdk_app_id: what is stored for app \"main\" belongs to another application, so its sdk_app_id cannot be changed while botd runs; put back 1400000001"},
		"TLS":                      {"  public: ", "  tls: {cert_file: c, key_file: k}\n  public: ", "listen.tls: a plain address cannot become one with TLS while botd runs; remove it, or restart botd"},
		"another bot, and nothing": {"  quiz:\n", "  quiz2:\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(good, c.from) {
				t.Fatalf("good.yaml has no %q", c.from)
			}
			ps := problemsOf(t, []byte(strings.Replace(good, c.from, c.to, 1)), o)
			switch {
			case c.want == "" && ps != nil:
				t.Errorf("refused: %v", ps)
			case c.want != "" && (len(ps) != 1 || !strings.Contains(ps.Error(), c.want)):
				t.Errorf("%v\nwant %s", ps, c.want)
			}
		})
	}
}
