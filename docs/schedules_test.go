package docs_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botd-chat/botd/internal/need"
)

const scheduleExamples = "examples/schedules"

// Who follows the page comes from nothing to a reminder that the right people get, up to
// where it goes on with other times.
func TestThePageOnSchedulesIsFollowedToTheLetter(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a botd")
	}
	need.Program(t, "curl", "curl")
	need.Program(t, "openssl", "openssl")
	bin := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "botd"), "../cmd/botd").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	page, err := os.ReadFile("schedule-a-notice.md")
	if err != nil {
		t.Fatal(err)
	}
	recipe, others, ok := strings.Cut(string(page), "\n## 4. ")
	if !ok {
		t.Fatal("the page has no fourth part, where other times begin")
	}
	c := newClass(t, bin)
	for _, found := range block.FindAllStringSubmatch(recipe, -1) {
		c.block(found[1], found[2], found[3])
	}
	const reminder = "Your standup note is missing. It takes a minute, and /done is all it needs to say."
	for user, want := range map[string]string{"tina": reminder, "wendy": reminder, "uma": "", "guest": "", "victor": "Noted. You are not reminded any more today."} {
		if got := c.received(user); got != want {
			t.Errorf("%s got %q, and not %q", user, got, want)
		}
	}
	// The verbs of the rest of the page do what they say with the same botd.
	for _, found := range commands.FindAllStringSubmatch(others, -1) {
		for line := range strings.Lines(found[1]) {
			if strings.HasPrefix(line, "botd ") {
				c.run(c.ports.Replace(strings.TrimSpace(line)))
			}
		}
	}
}

// received is what a member got from the bot.
func (c *class) received(user string) string {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, "http://"+c.sim+"/sim/inbox/"+user, nil)
	c.must(err)
	answer, err := http.DefaultClient.Do(request)
	c.must(err)
	defer http.DefaultClient.CloseIdleConnections()
	defer answer.Body.Close()
	var box struct{ Messages []struct{ From, Text string } }
	c.must(json.NewDecoder(answer.Body).Decode(&box))
	var texts []string
	for _, m := range box.Messages {
		if m.From == "noticebot" {
			texts = append(texts, m.Text)
		}
	}
	return strings.Join(texts, " | ")
}

// What the transcript shows over Christmas is what is played.
func TestTheDaysOnThePageAreAsTheyArePlayed(t *testing.T) {
	code, out := run(t, "test", scheduleExamples)
	if code != 0 || !strings.Contains(out, "ok    "+filepath.Join("examples", "schedules", "standup.chat")+"  bot standup of bots.yaml  ") {
		t.Error(out)
	}
}

// A line that is tried shows what the page shows.
func TestALineThatIsTriedShowsWhatThePageShows(t *testing.T) {
	page, err := os.ReadFile("schedule-a-notice.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(page), `botd schedules next "30 2 * * *"`)
	_, shown, _ = strings.Cut(shown, "```text\n")
	shown, _, _ = strings.Cut(shown, "```")
	code, out := run(t, "schedules", "next", "30 2 * * *", "--timezone", "America/New_York", "--from", "2027-03-13", "--count", "3")
	trimmed := func(text string) string {
		var all []string
		for line := range strings.Lines(text) {
			all = append(all, strings.TrimSpace(line))
		}
		return strings.Join(all, "\n")
	}
	if code != 0 || trimmed(out) != trimmed(shown) {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

func TestTheOtherSchedulesOfThePageAreValid(t *testing.T) {
	folder := t.TempDir()
	for name, from := range map[string]string{"bots.yaml": "more.yaml", "kr-holidays.txt": "kr-holidays.txt", "workdays.ics": "workdays.ics"} {
		text, err := os.ReadFile(filepath.Join(scheduleExamples, from))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "secrets"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"app.key": strings.Repeat("0", 64), "callback": strings.Repeat("c", 32)} {
		if err := os.WriteFile(filepath.Join(folder, "secrets", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, out := run(t, "validate", "--config", filepath.Join(folder, "bots.yaml")); code != 0 || !strings.Contains(out, "times/working: 0 9 * * * (Asia/Seoul): ") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
