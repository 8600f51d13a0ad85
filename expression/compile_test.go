package expression_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/botd-chat/botd/expression"
)

var names = expression.Names{"payload": expression.Any, "id": expression.Text, "admin": expression.Truth}

func TestWhatIsRefusedWhenItIsRead(t *testing.T) {
	for source, wrong := range map[string]string{
		"payload.user":                          "",
		`filter(payload.people, .admin)[0].id`:  "",
		`payload.a ?? payload.b`:                "",
		`admin and id in ["bo", "dee"]`:         "",
		"payload.":                              "unexpected end",
		"payload.user +":                        "unexpected token",
		"env.HOME":                              "unknown name env; have admin, id, payload",
		"paylod.user":                           "unknown name paylod; did you mean payload?",
		"now()":                                 "unknown name now",
		`$env.payload.user`:                     "has $env; say the name itself",
		`any(["a"], $env["pay" + "load"] == 1)`: "has $env; say the name itself",
		`id + 1`:                                "invalid operation",
		strings.Repeat("payload.a + ", 600) + `"x"`:      "exceeds",
		`"` + strings.Repeat("x", expression.MaxSource):  "at most 8192 bytes",
		`map(payload.a, map(payload.a, #))[0][0]`:        "loop within a loop",
		`any(payload.a, {all(payload.b, # == "x")})`:     "loop within a loop",
		`payload.a | filter(.x) | map(.y) | join(", ")`:  "",
		`let x = payload.a; any(x, # == "b") or id == x`: "",
	} {
		t.Run(source[:min(len(source), 40)], func(t *testing.T) {
			switch _, err := expression.Compile(source, names); {
			case wrong == "" && err != nil:
				t.Error(err)
			case wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)):
				t.Errorf("error %v, want %q", err, wrong)
			}
		})
	}
}

func TestAMistakeIsShownWithACaretUnderThePlace(t *testing.T) {
	for source, want := range map[string]string{
		"admn":                            "unknown name admn; did you mean admin? (1:1)\n | admn\n | ^",
		"admin and\n\tid in payloda.list": "unknown name payloda; did you mean payload? (2:8)\n |  id in payloda.list\n |        ^",
		`id == "é" and nobody`:            "unknown name nobody; have admin, id, payload (1:15)\n | id == \"é\" and nobody\n |               ^",
	} {
		_, err := expression.Compile(source, names)
		if at, ok := errors.AsType[*expression.Error](err); !ok || at.Error() != want {
			t.Errorf("%q:\n%v\nwant\n%s", source, err, want)
		}
	}
}

func TestAConditionIsTrueOrFalseWhenItIsRead(t *testing.T) {
	if _, err := expression.CompileTruth("id", names); err == nil || !strings.Contains(err.Error(), "gives a text and not true or false") {
		t.Errorf("error %v", err)
	}
	for _, source := range []string{"admin", "payload.x", "id == 'a'", "not admin"} {
		if _, err := expression.CompileTruth(source, names); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
}
