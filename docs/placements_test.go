package docs_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/contract"
	"github.com/botd-chat/botd/docs/examples/homework"
	"github.com/botd-chat/botd/internal/need"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/plugintest"
)

const transcript = "examples/homework/homework.chat"

// aKey is one of the contract's vectors.
var aKey = contract.Signatures()[0].Key

// One plugin in three languages, in all the places where it can live, plays one
// transcript.
func TestOneTranscriptPassesAgainstEveryPlacement(t *testing.T) {
	key := parsed(t, aKey)
	t.Run("compiled in", func(t *testing.T) { plugintest.Play(t, homework.Plugin, transcript) })
	t.Run("isolated", func(t *testing.T) { plugintest.Play(t, host.Isolated(homework.Plugin, command(t)), transcript) })
	t.Run("at a URL, signed", func(t *testing.T) {
		plugintest.Play(t, host.Remote(host.URL{Address: atURL(t, key), Key: key}), transcript)
	})
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) { plugintest.Play(t, host.Program(command(t, p.args(t)...)), transcript) })
	}
}

func TestEveryPlacementKeepsTheContract(t *testing.T) {
	key := parsed(t, aKey)
	t.Run("at a URL, signed", func(t *testing.T) { keeps(t, atURL(t, key), contract.Options{Key: key}) })
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			r, err := host.Start(t.Context(), command(t, p.args(t)...))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Stop()
			var o contract.Options
			if p.signed {
				o.Key = r.Key
			}
			keeps(t, r.Address, o)
		})
	}
}

func command(t *testing.T, args ...string) host.Command {
	return host.Command{Args: args, Settings: host.Settings{Log: slog.New(slog.NewTextHandler(t.Output(), nil))}}
}

func keeps(t *testing.T, address string, o contract.Options) {
	t.Helper()
	r := contract.Check(t.Context(), address, o)
	if fine := r.Count(contract.Fine) + r.Count(contract.Skipped); fine != len(r.Results) {
		var b strings.Builder
		_ = r.Write(&b)
		t.Error(b.String())
	}
}

func parsed(t *testing.T, text string) plugins.SigningKey {
	t.Helper()
	key, err := plugins.ParseSigningKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func atURL(t *testing.T, key plugins.SigningKey) string {
	t.Helper()
	s := httptest.NewServer(plugins.Serve(homework.Plugin, key))
	t.Cleanup(s.Close)
	return s.URL
}

// program is the homework plugin as a program.
type program struct {
	name   string
	args   func(t *testing.T) []string
	signed bool // it looks at signatures
}

var programs = []program{
	{"Go, a program", goProgram, true},
	{"Python", python("homework.py"), false},
	{"Python, signed", python("signed.py"), true},
	{"TypeScript", typescript("homework.ts"), false},
	{"TypeScript, signed", typescript("signed.ts"), true},
}

func goProgram(t *testing.T) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "homework")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./examples/homework-program").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return []string{path}
}

func python(file string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		t.Helper()
		return []string{need.Program(t, "python3", "python3"), filepath.Join("examples", "homework-python", file)}
	}
}

func typescript(file string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		t.Helper()
		return []string{need.Node(t), filepath.Join("examples", "homework-typescript", file)}
	}
}

func TestTheExamplesAreShort(t *testing.T) {
	for _, file := range []string{"examples/homework-python/homework.py", "examples/homework-typescript/homework.ts"} {
		text, err := os.ReadFile(file) //nolint:gosec // an example
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n > 30 {
			t.Errorf("%s has %d lines", file, n)
		}
	}
}

// The other languages are told by the vectors whether they check signatures.
func TestTheExamplesCheckSignaturesAsTheVectorsSay(t *testing.T) {
	vectors, err := filepath.Abs("../contract/v1/signatures.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		command func(t *testing.T) []string
		dir     string
	}{
		{"Python", func(t *testing.T) []string {
			return []string{need.Program(t, "python3", "python3"), "-c", fmt.Sprintf(`
import json
from signed import verify
def valid(v):
    try: verify(v["key"], {"webhook-id": v["id"], "webhook-timestamp": v["timestamp"], "webhook-signature": v["signature"]}, v["body"].encode(), v["now"])
    except PermissionError: return False
    return True
print(json.dumps([valid(v) for v in json.load(open(%q))]))`, vectors)}
		}, "examples/homework-python"},
		{"TypeScript", func(t *testing.T) []string {
			return []string{need.Node(t), "--input-type=module-typescript", "-e", fmt.Sprintf(`
import { readFileSync } from "node:fs";
import { verify } from "./signed.ts";
console.log(JSON.stringify(JSON.parse(readFileSync(%q, "utf8")).map((v: any) =>
  verify(v.key, { "webhook-id": v.id, "webhook-timestamp": v.timestamp, "webhook-signature": v.signature }, Buffer.from(v.body), v.now))));`, vectors)}
		}, "examples/homework-typescript"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := c.command(t)
			cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
			cmd.Dir, cmd.Env = c.dir, append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var valid []bool
			if err := json.Unmarshal(out, &valid); err != nil {
				t.Fatal(err)
			}
			for i, v := range contract.Signatures() {
				if valid[i] != v.Valid {
					t.Errorf("%s Valid is %v, and it says %v", v.About, v.Valid, valid[i])
				}
			}
		})
	}
}
