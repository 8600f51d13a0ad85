package plugintest

import (
	"strings"
	"testing"
)

func TestADifferenceSaysWhoSawWhat(t *testing.T) {
	const before = "> x\n< ann bo: one\n< cy: two\n| and more\n> y\n"
	for _, c := range []struct{ name, after, want string }{
		{"more people", "> x\n< ann bo cy dee: one\n< cy: two\n| and more\n> y\n", "* cy and dee saw this and must not"},
		{"fewer people", "> x\n< bo: one\n< cy: two\n| and more\n> y\n", "* ann did not see it"},
		{"others", "> x\n< ann dee eli fay: one\n< nobody: two\n| and more\n> y\n",
			"* dee, eli and fay saw this and must not * bo did not see it * cy did not see it"},
		{"a message more", "> x\n< ann bo: one\n< dee: three\n< cy: two\n| and more\n> y\n", "* dee saw this, and it is not written"},
		{"a message less", "> x\n< ann bo: one\n> y\n", "* cy did not see \"two\""},
		{"to nobody at all", "> x\n< nobody [failed]: one\n< cy: two\n| and more\n> y\n", "* ann and bo did not see \"one\""},
		{"other words to the same people", "> x\n< ann bo: ONE\n< cy: two\n| and more\n> y\n", ""},
		{"only an error", "> x\n< ann bo: one\n< cy: two\n| and more\n> y\n! no\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var told []string
			for l := range strings.Lines(diff(lines(before), lines(c.after))) {
				if strings.HasPrefix(l, "*") {
					told = append(told, "* "+strings.TrimSpace(l[1:]))
				}
			}
			if got := strings.Join(told, " "); got != c.want {
				t.Errorf("it says %q, want %q\n%s", got, c.want, diff(lines(before), lines(c.after)))
			}
		})
	}
}
