package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/schedules"
)

func TestAGoodFileIsReadWhole(t *testing.T) {
	good := testdata(t, "good.yaml")
	inFolder(t)
	if err := os.WriteFile("bots.yaml", good, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load("bots.yaml", fakes())
	if err != nil {
		t.Fatal(err)
	}
	holidays, err := schedules.LoadCalendar("holidays/kr.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		File: "bots.yaml",
		Apps: []App{{
			Name: "main", SDKAppID: 1400000001, Administrator: "administrator", Region: "singapore",
			SecretKey:      NewSecret("5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"),
			CallsPerSecond: 200, GroupMessagesPerSecond: 40,
		}, {
			Name: "other", SDKAppID: 1400000002, Administrator: "administrator", BaseURL: "https://im.example.com", BackupURL: "https://backup.example.com",
			SecretKey: NewSecret("another-secret-key"), CallsPerSecond: 200, GroupMessagesPerSecond: 40,
			Callbacks: Callbacks{
				Path: "/callbacks/tencent", PathSecret: NewSecret("a-part-that-nobody-knows"), Tokens: []Secret{NewSecret("a-callback-token-of-some-length")},
				Sources: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}, Sweep: 2 * time.Minute,
			},
		}},
		Store:     Store{SQLite: "botd.db"},
		Retention: Retention{KeepDone: 24 * time.Hour, KeepDead: 72*time.Hour + 30*time.Minute, Receipts: 2400 * time.Hour, IDs: 100 * time.Hour, MaxSize: 2e9},
		Listen:    Listen{Public: ":8080", Admin: "127.0.0.1:8081", AdminToken: NewSecret("an-admin-token-of-some-length"), RefusedPerMinute: 30},
		Calendars: schedules.Calendars{"kr-holidays": holidays},
		Bots: []Bot{{
			Name: "quiz", App: "main", Account: "quizbot", Groups: []chat.GroupID{"@TGS#2QUIZROOM1", "@TGS#2QUIZROOM2"},
			Triggers: []Trigger{
				{Name: "answers", Sender: "payload.user", Group: "payload.room", Webhook: &Webhook{Hook: "quiz", Verify: Verify{
					Scheme: StandardWebhooks, Secrets: []Secret{NewSecret(signingKeyOf(32)), NewSecret(signingKeyOf(64))},
				}}},
				{Name: "evening", Group: "@TGS#2QUIZROOM1", Schedule: &Schedule{
					Timing:   chat.Timing{Line: "0 18 * * *", Zone: "Asia/Seoul"},
					Lateness: chat.Lateness{Missed: chat.MissedOnce, MaxAge: chat.Duration(12 * time.Hour), Overlap: chat.OverlapQueue},
				}},
			},
			Plugin: "quiz", Options: json.RawMessage(`{"points":2,"title":"Quiz of the week"}`),
			Audience: chat.Audience{Roles: []chat.Role{"owner", "admin"}, Users: []chat.UserID{"dee"}, Sender: true, Except: []chat.UserID{"guest"}},
			Limits:   Limits{Recipients: 20, Messages: 5, Timeout: 10 * time.Second, Timers: 100, RoleMaxAge: 5 * time.Second, SurgeFactor: 3, Typed: 600},
			Push:     "News from the quiz", Unknown: chat.UnknownHold, Newcomers: chat.NewcomersExclude, Surge: chat.SurgeSend,
		}, {
			Name: "standup", App: "other", Account: "noticebot", Groups: []chat.GroupID{"lobby"},
			Triggers: []Trigger{
				{Name: "now", Webhook: &Webhook{Hook: "standup", Verify: Verify{
					Scheme: Bearer, Secrets: []Secret{NewSecret("a-bearer-token-of-some-length")},
				}}},
				{Name: "typed", Callback: &Callback{
					Via: chat.ViaGroup, Commands: []string{"answer"}, Roles: []chat.Role{chat.Normal}, Hold: true,
					Received: "Your answer has arrived.", Again: "Please write it again.",
				}},
				{Name: "help", Group: "lobby", Callback: &Callback{Via: chat.ViaGroup, Commands: []string{"help", "hint"}, Relay: true}},
				{Name: "private", Callback: &Callback{Via: chat.ViaDirect, Any: true}},
				{Name: "clean", Callback: &Callback{Via: chat.ViaGroup, Pattern: regexp.MustCompile(`\bdamn`), Mask: &Mask{
					Words: []string{"damn", "dash it"}, Patterns: []*regexp.Regexp{regexp.MustCompile(`\d{16}`)}, With: "(gone)",
				}}},
			},
			Plugin: "notice", Options: json.RawMessage(`{}`),
			Audience: chat.Audience{AnyOf: []chat.Audience{
				{Everyone: true, Except: []chat.UserID{"guest"}}, {Roles: []chat.Role{"owner"}, Within: &chat.Audience{Users: []chat.UserID{"tina", "uma"}}, Where: `id != "guest"`},
			}},
			Limits: Limits{Recipients: 50, Messages: 10, Timeout: 10 * time.Second, Timers: 100, RoleMaxAge: 0, SurgeFactor: 4, Typed: 600}, Unknown: chat.UnknownResend,
			Newcomers: chat.NewcomersInclude, Surge: chat.SurgeHold,
		}},
	}
	if d := cmp.Diff(want, got, networks, patterns, calendars); d != "" {
		t.Error(d)
	}
	if k := got.Bots[0].Triggers[1].Kind(); k != chat.Schedule {
		t.Errorf("a schedule is of kind %s", k)
	}
	if k := got.Bots[0].Triggers[0].Kind(); k != chat.Webhook {
		t.Errorf("a webhook is of kind %s", k)
	}
}

func TestWhatIsLeftOutHasADefault(t *testing.T) {
	text := string(testdata(t, "other.yaml"))
	inFolder(t)
	before, rest, _ := strings.Cut(text, "listen:\n")
	_, after, _ := strings.Cut(rest, "admin_token_env:")
	text = before + "admin_token_env:" + after
	c, err := Parse("bots.yaml", []byte(text), fakes())
	if err != nil {
		t.Fatal(err)
	}
	if c.Store.SQLite != "botd.db" || c.Listen.Public != "127.0.0.1:8080" || c.Listen.Admin != "127.0.0.1:8081" {
		t.Errorf("defaults: %+v %+v", c.Store, c.Listen)
	}
	if a := c.Apps[0]; c.Bots[0].App != "main" || a.BaseURL != "http://127.0.0.1:9100" || a.Administrator != "administrator" {
		t.Errorf("the only app is %+v; the bot's is %s", a, c.Bots[0].App)
	}
}

func TestTheWholeFile(t *testing.T) {
	good := string(testdata(t, "good.yaml"))
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	aliases := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'j'; c++ {
		aliases += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+", ", 9) + "*" + string(c-1) + "]\n"
	}
	cases := []struct{ name, data, want string }{
		{"nothing", "", "bots.yaml: the file is empty"},
		{"only comments", "# nothing\n", "bots.yaml: the file is empty"},
		{"a lone document mark", "---\n", "must be a mapping"},
		{"text", "hello\n", "bots.yaml:1:1: must be a mapping (key: value), not text"},
		{"a list", "- apps\n", "bots.yaml:1:1: must be a mapping (key: value), not a list"},
		{"an empty mapping", "{}\n", "bots.yaml:1:1: apps is missing"},
		{"JSON is YAML", `{"apps": 1, "bots": 2}`, "bots.yaml:1:10: apps: must be a mapping"},
		{"UTF-16", "\xff\xfea\x00p\x00", "bots.yaml:1:1: the file is UTF-16"},
		{"Latin-1 in line 2", "# x\n# caf\xe9\n", "bots.yaml:2:1: the file is not UTF-8"},
		{"a zero byte", "apps:\x00\n", "bots.yaml:1:1: a control character stands here"},
		{"too large", good + strings.Repeat("#", MaxSize), "bots.yaml: the file is larger than 1048576 bytes"},
		{"a second, empty document", good + "---\n", "bots.yaml:111:1: a second document begins here"},
		{"a second document that is broken", good + "---\n[", ": a value is missing here"},
		{"deep nesting", "apps: " + deep, "is nested deeper than 32 levels"},
		{"nesting beyond the library", "apps: " + strings.Repeat("[", 20000), "bots.yaml:1:10007: this is nested too deep to be read"},
		{"deep mappings", "apps: " + strings.Repeat("{a: ", 500) + strings.Repeat("}", 500), "is nested deeper than 32 levels"},
		{"an alias bomb", aliases, "bots.yaml:2:8: b[0]: is an alias"},
		{"an alias of itself", "apps: &a [*a]\n", "apps[0]: is an alias"},
		{"a tag that does not fit", "store: !!int hidden-word\n", "bots.yaml:1:8: store: has a YAML tag (!name)"},
		{"a list without end", "bots: {b: {groups: [" + numbered(50_000) + "]}}", "bots.b.groups: has more than 10000 items"},
		{"a list as long as can be", "bots: {b: {groups: [" + numbered(10_000) + "]}}", "bots.b: account is missing"},
		{"documents without end", strings.Repeat("--- {}\n", 100_000), "bots.yaml:2:1: a second document begins here"},
		{"a thousand anchors", anchors(1000), "a0: has an anchor"},
		{"a mapping merged ten thousand times", "a: {" + strings.Repeat("<<: {b: 1}, ", 10_000) + "}", "a: a merge key (<<) stands here"},
		{"a key as long as can be", "? " + strings.Repeat("k", MaxSize-10) + "\n: 1\n", "unknown key; have "},
		{"a text as long as can be", "store: " + strings.Repeat("x", MaxSize-10), "store: is no store"},
		{"indentation without end", indented(700), "is nested deeper than 32 levels"},
		{"one key ten thousand times", strings.Repeat("store: sqlite:botd.db\n", 10_000), "store: is there twice; line 1 has it already"},
		{"twenty thousand unknown keys", manyKeys(20_000), "more problems"},
	}
	inFolder(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			ps := problemsOf(t, []byte(c.data), fakes())
			got := ps.Error()
			if !strings.Contains(got, c.want) {
				t.Errorf("got\n%.2000s\nwant %s", got, c.want)
			}
			if strings.Contains(got, "hidden-word") {
				t.Errorf("a value is repeated: %s", got)
			}
			if d := time.Since(began); d > 20*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

// numbered is the items of a list.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "g%d, ", i)
	}
	return b.String()
}

// anchors is as many keys, each with an anchor.
func anchors(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d: &a%d x\n", i, i)
	}
	return b.String()
}

// indented is a mapping in a mapping, and so on.
func indented(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	return b.String()
}

func TestAllProblemsComeAtOnce(t *testing.T) {
	all := [][2]string{
		{"sdk_app_id: 1400000001", "sdk_app_id: 017"},
		{"region: singapore", "regon: singapore"},
		{"secret_key_env: OTHER_KEY", "secret_key_env: NOWHERE"},
		{"store: sqlite:botd.db", "store: mysql"},
		{"account: quizbot", "account: &x quizbot"},
		{"sender: payload.user", "sender: nonsense"},
		{"timezone: Asia/Seoul", "timezone: Local/Pub"},
		{"points: 2", "pints: 2"},
		{"recipients: 20", "recipients: 20\n      recipients: 21"},
		{"plugin: notice", "plugin: novice"},
		{"- roles: [owner]", "- roles: [boss]"},
	}
	text := string(testdata(t, "good.yaml"))
	for _, e := range all {
		text = strings.Replace(text, e[0], e[1], 1)
	}
	inFolder(t)
	if ps := problemsOf(t, []byte(text), fakes()); len(ps) != len(all) {
		t.Errorf("%d problems for %d mistakes:\n%v", len(ps), len(all), ps)
	}
}

func TestAFileThatCannotBeRead(t *testing.T) {
	inFolder(t)
	for _, path := range []string{"nothing.yaml", "secrets"} {
		_, err := Load(path, fakes())
		var ps Problems
		if !errors.As(err, &ps) || len(ps) != 1 || !strings.HasPrefix(err.Error(), path+": the file cannot be read: ") {
			t.Errorf("%s: %v", path, err)
		}
		if strings.Count(err.Error(), path) != 1 {
			t.Errorf("the path is there more than once: %v", err)
		}
	}
}

func TestPutInPlaceOfWhatTheFileSays(t *testing.T) {
	text := string(testdata(t, "good.yaml"))
	text = strings.Replace(text, "sdk_app_id: 1400000001", "sdk_app_id: ${NOWHERE}", 1)
	text = strings.Replace(text, "secrets/key", "secrets/nothing", 1)
	text = strings.Replace(text, "sqlite:botd.db", "postgres://db/botd", 1)
	inFolder(t)
	o := fakes()
	o.Apps = func(name chat.AppName) App { return App{SDKAppID: 7, BaseURL: "http://127.0.0.1:1/" + string(name)} }
	o.Store = &Store{SQLite: "/tmp/demo.db"}
	var asked []SecretRef
	o.ReadSecret = func(ref SecretRef) (Secret, error) {
		asked = append(asked, ref)
		return NewSecret(signingKeyOf(24 + len(asked))), nil
	}
	c, err := Parse("bots.yaml", []byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	if a := c.Apps[0]; a.Name != "main" || a.SDKAppID != 7 || a.BaseURL != "http://127.0.0.1:1/main" || c.Store.SQLite != "/tmp/demo.db" {
		t.Errorf("not in place: %+v %+v", a, c.Store)
	}
	want := []SecretRef{
		{Use: AdminToken, File: "secrets/admin"},
		{Use: SigningKey, File: "secrets/quiz"}, {Use: SigningKey, File: "secrets/quiz-new"},
		{Use: HookToken, File: "secrets/standup"},
	}
	if d := cmp.Diff(want, asked); d != "" {
		t.Error(d)
	}
}

func TestWhereAppsArePutInPlaceAFileNeedsNone(t *testing.T) {
	good := string(testdata(t, "other.yaml"))
	begin, end := strings.Index(good, "apps:"), strings.Index(good, "bots:")
	if begin < 0 || end < begin {
		t.Fatal("other.yaml has no apps before its bots any more")
	}
	text := "admin_token_env: ADMIN_TOKEN\n" + good[end:]
	inFolder(t)
	o := fakes()
	if ps := problemsOf(t, []byte(text), o); len(ps) != 1 || !strings.Contains(ps.Error(), "apps is missing") {
		t.Errorf("without anything in their place: %v", ps)
	}
	o.Apps = func(chat.AppName) App { return App{SDKAppID: 7} }
	c, err := Parse("bots.yaml", []byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Apps) != 1 || c.Apps[0].Name != "main" || c.Apps[0].SDKAppID != 7 || c.Bots[0].App != "main" {
		t.Errorf("%+v, and the bot is at work in %q", c.Apps, c.Bots[0].App)
	}
	if ps := problemsOf(t, []byte("listen: {}\n"), o); !strings.Contains(ps.Error(), "bots is missing") {
		t.Errorf("nothing but apps may be missing: %v", ps)
	}
}

func TestWhatAVariableHoldsIsNotToldByATriggersRefusal(t *testing.T) {
	text := `apps: {main: {sdk_app_id: 7, secret_key_env: OTHER_KEY, region: tokyo}}
bots:
  b:
    account: bot
    groups: [lobby]
    on: {now: {schedule: "0 9 * * *"}}
    plugin: notice
    options: {title: "%s"}
    audience: {everyone: true}
`
	for title, want := range map[string]string{
		"plain":     `bots.yaml:6:10: bots.b.on.now: notice with {"title":"plain"} knows no schedule`,
		"${HIDDEN}": "bots.yaml:6:10: bots.b.on.now: the plugin refuses it, and why is not shown because its options come from a variable; write them here to see the reason",
	} {
		if got := problemsOf(t, fmt.Appendf(nil, text, title), fakes()).Error(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestAFileThatMayNotBeRead(t *testing.T) {
	for err, want := range map[error]string{
		&fs.PathError{Op: "open", Path: "bots.yaml", Err: syscall.EACCES}: "let the account that botd runs as read it",
		&fs.PathError{Op: "open", Path: "bots.yaml", Err: syscall.ENOENT}: "name the file with --config",
	} {
		if got := remedyFor(err); !strings.HasPrefix(got, want) {
			t.Errorf("%v: %s", err, got)
		}
	}
}

func TestWarnings(t *testing.T) {
	good := string(testdata(t, "good.yaml"))
	inFolder(t)
	if err := os.Chmod("secrets/standup", 0o644); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(good, "recipients: 20", "recipients: 1", 1)
	text = strings.Replace(text, "users: [dee]", "users: [dee, cy]", 1)
	c, err := Parse("bots.yaml", []byte(text), fakes())
	if err != nil {
		t.Fatal(err)
	}
	want := `bots.yaml:46:5: bots.quiz.audience: names 2 users, and a message can have 1 recipients; raise limits: recipients, or name fewer
bots.yaml:66:25: bots.standup.on.now.verify.bearer.token_file: everybody on this machine can read the secret; chmod o-rwx the file`
	if got := c.Warnings.Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLineEndsAndMarksOfOtherSystems(t *testing.T) {
	good := string(testdata(t, "good.yaml"))
	inFolder(t)
	for name, text := range map[string]string{
		"a byte order mark":        "\ufeff" + good,
		"line ends of Windows":     strings.ReplaceAll(good, "\n", "\r\n"),
		"no line break at the end": strings.TrimSpace(good),
		"marks of a document":      "---\n" + good + "...\n",
	} {
		if ps := problemsOf(t, []byte(text), fakes()); ps != nil {
			t.Errorf("%s: %v", name, ps)
		}
	}
}

func TestWithoutOptionsTheEnvironmentIsReadAndNobodyAsked(t *testing.T) {
	good := testdata(t, "good.yaml")
	inFolder(t)
	t.Setenv("TITLE", "Quiz")
	t.Setenv("OTHER_KEY", "from-the-environment")
	c, err := Parse("bots.yaml", good, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Apps[1].SecretKey.Reveal(); got != "from-the-environment" {
		t.Errorf("the key is %q", got)
	}
}
