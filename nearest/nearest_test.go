package nearest

import (
	"testing"

	"pgregory.net/rapid"
)

func TestTheNameThatWasProbablyMeant(t *testing.T) {
	known := []string{"account", "app", "audience", "groups", "limits", "on", "options", "plugin", "push"}
	for name, want := range map[string]string{
		"acount": "account", "accuont": "account", "Account": "account", "audiense": "audience", "gruops": "groups",
		"limit": "limits", "pligun": "plugin", "apps": "app", "option": "options", "oon": "on",
		"x": "", "rules": "", "isolate": "", "": "", "appppp": "", "accountancy": "",
	} {
		if got := Name(name, known); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestDistanceIsSymmetricAndZeroForEqualsOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("abé")), 0, 6, -1)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := distance(a, b)
		if d != distance(b, a) || (d == 0) != (a == b) || d < 0 || d > 3 {
			t.Fatalf("distance of %q and %q is %d and %d", a, b, d, distance(b, a))
		}
	})
}
