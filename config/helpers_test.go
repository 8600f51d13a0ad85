package config

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/botd-chat/botd/schedules"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// signingKeyOf returns a well-formed key of n bytes.
func signingKeyOf(n int) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{'k'}, n))
}

// inFolder puts the test into a fresh folder with the secrets that the files in
// testdata name.
func inFolder(t testing.TB) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(dir+"/secrets", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"key":   "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e\n",
		"admin": "an-admin-token-of-some-length\n", "standup": "a-bearer-token-of-some-length\r\n",
		"quiz": signingKeyOf(32) + "\n", "quiz-new": signingKeyOf(64),
		"callback": "a-callback-token-of-some-length\n", "path": "a-part-that-nobody-knows\n", "slash": "a-part/of-two-parts-of-a-path\n",
		"t1": "the-first-token-of-some-length", "t2": "the-second-token-of-some-length", "t3": "the-third-token-of-some-length",
		"empty": "\n", "short": "guess-me\n", "comma": "a-token,with-a-comma-in-it\n", "blank": "two words are no token\n",
		"large": strings.Repeat("x", maxSecret+1), "no-prefix": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\n",
		"no-base64": "whsec_????????????????????????????????\n", "few-bytes": signingKeyOf(23), "many-bytes": signingKeyOf(65),
		"stripe": "whsec_no_base64_and_used_as_it_is\n", "api-key": "sk_live_not_a_signing_secret\n", "private": "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=\n",
	} {
		if err := os.WriteFile(dir+"/secrets/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(dir+"/holidays", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"kr.txt": "2026-12-25  # Christmas\n2027-01-01\n2027-02-06..2027-02-09\n", "work.txt": "2027-01-02..2027-12-31\n", "broken.txt": "2026-12-24\n24.12.2026\n",
		"past.txt": "2025-12-25\n", "dates.csv": "2026-12-24\n",
	} {
		if err := os.WriteFile(dir+"/holidays/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

// networks are compared as they are.
var networks = cmpopts.EquateComparable(netip.Prefix{})

// patterns are compared by their text.
var patterns = cmp.Comparer(func(a, b *regexp.Regexp) bool { return fmt.Sprint(a) == fmt.Sprint(b) })

// calendars are compared by their dates.
var calendars = cmp.AllowUnexported(schedules.Calendar{})

var variables = map[string]string{
	"OTHER_KEY": "another-secret-key", "ADMIN_TOKEN": "an-admin-token-from-outside", "SIGNING_KEY": signingKeyOf(24),
	"PATH_SECRET": "another-part-that-nobody-knows",
	"TITLE":       "Quiz", "EMPTY": "", "HIDDEN": "what-the-variable-holds", "PORT": "8080", "APP_ID": "1400000009",
}

// fakes stand for the packages that config asks through Options. Like the real
// ones they repeat what they were given.
func fakes() Options {
	return Options{
		Lookup: func(name string) (string, bool) {
			v, ok := variables[name]
			return v, ok
		},
		Regions: []string{"singapore", "tokyo", "seoul"},
		Plugins: []string{"quiz", "notice", "rules"},
		Plugin:  checkOptions,
		PluginSchema: func(string) json.RawMessage {
			return json.RawMessage(`{"type": "object", "additionalProperties": false, "properties": {
				"points": {"type": "integer"}, "title": {"type": "string"}, "level": {"type": "string"}, "nested": {"type": "object"},
				"token": {"type": "string", "format": "password", "writeOnly": true, "description": "What it signs in with."},
				"rooms": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string", "format": "password", "writeOnly": true}}}}}`)
		},
		Program:    checkProgram,
		Trigger:    checkTrigger,
		Expression: checkExpression,
		Where:      checkWhere,
		Now:        func() time.Time { return time.Date(2026, time.December, 1, 9, 0, 0, 0, time.UTC) },
		Signed:     checkSigned,
		Certificate: func(cert, key string) (string, error) {
			if cert == "broken.pem" {
				return "", fmt.Errorf("the certificate in %s is broken", cert)
			}
			return "", nil
		},
	}
}

func checkSigned(text string) error {
	if !strings.Contains(text, "{body}") {
		return fmt.Errorf("%.20q does not sign the {body}", text)
	}
	return nil
}

// placed says in which option a mistake is, as a plugin can.
type placed struct {
	option string
	error
}

func (p placed) Option() string { return p.option }
func (p placed) Unwrap() error  { return p.error }

// checkRules finds each text that holds the word broken.
func checkRules(raw json.RawMessage) error {
	var o struct{ Rules []map[string]any }
	if err := json.Unmarshal(raw, &o); err != nil {
		return err
	}
	var errs []error
	for i, rule := range o.Rules {
		if rule == nil {
			errs = append(errs, placed{fmt.Sprintf("rules[%d]", i), errors.New("says nothing")})
		}
		for _, key := range slices.Sorted(maps.Keys(rule)) {
			if s, ok := rule[key].(string); ok && strings.Contains(s, "broken") {
				at, _, _ := strings.Cut(s, "broken")
				errs = append(errs, placed{fmt.Sprintf("rules[%d].%s", i, key), fmt.Errorf("unknown name broken (1:%d)\n | %s\n | %s^", len(at)+1, s, strings.Repeat(" ", len(at)))})
			}
		}
	}
	return errors.Join(errs...)
}

func checkOptions(name string, raw json.RawMessage) error {
	if name == "rules" {
		return checkRules(raw)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if name == "quiz" && string(raw) == "{}" {
		return errors.New("it needs a title")
	}
	var o struct {
		Points int
		Title  string
		Level  string
		Nested map[string]any
		Token  string
		Rooms  []map[string]string
	}
	if err := d.Decode(&o); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if strings.HasPrefix(o.Token, "another") {
		return fmt.Errorf("token: %.20q will not do", o.Token)
	}
	if o.Level != "" && o.Level != "easy" {
		return fmt.Errorf("%q must be easy, and %.20q is not", "level", o.Level)
	}
	return nil
}

func checkProgram(_, program string) error {
	if program != "python3" && program != "./quiz" {
		return fmt.Errorf("there is no program %q on PATH", program)
	}
	return nil
}

func checkTrigger(name string, options json.RawMessage, t Trigger) error {
	switch {
	case t.Name == "nwo":
		return fmt.Errorf("%s knows no trigger %q", name, string(t.Name))
	case t.Schedule != nil && t.Name == "now":
		return fmt.Errorf("%s with %s knows no schedule", name, options)
	}
	return nil
}

func checkExpression(source string) error {
	if !strings.HasPrefix(source, "payload.") {
		return fmt.Errorf("the expression %q does not compile:\n unknown name", source)
	}
	return nil
}

func checkWhere(source string) error {
	if strings.Contains(source, "admn") {
		return errors.New("unknown name admn; did you mean admin? (1:1)\n | admn\n | ^")
	}
	return nil
}

// problemsOf parses and demands that the error, if any, is Problems in the
// order of the file.
func problemsOf(t testing.TB, data []byte, o Options) Problems {
	t.Helper()
	c, err := Parse("bots.yaml", data, o)
	if err == nil {
		return nil
	}
	var ps Problems
	if !errors.As(err, &ps) || len(ps) == 0 || c != nil {
		t.Fatalf("want Problems alone, got %v and %v", c, err)
	}
	if !slices.IsSortedFunc(ps, func(a, b Problem) int { return a.Line - b.Line }) {
		t.Errorf("the problems are not in the order of the file:\n%v", ps)
	}
	return ps
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
