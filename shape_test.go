package botd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

const module = "github.com/botd-chat/botd/"

// row says what a package may import besides the standard library and itself.
type row struct {
	ours string // packages of this module; "*" is all of them
	libs string // other modules, by the beginning of their import paths; "*" is all
}

// table is the architecture. Imports run from the tools at the edge to the
// words in the middle and never back, and neighbours do not know each other:
// each declares the few methods it needs, and daemon introduces them. What is
// not in the table fails, so a new package, and a library in a new place, is a
// decision that somebody sees.
var table = map[string]row{
	// The words. Plugins are compiled against these two, so they bring nothing.
	"chat":                  {},
	"plugins":               {ours: "chat internal/trace nearest"},
	"plugins/*":             {ours: "chat plugins"},
	"plugins/oncall":        {ours: "chat plugins plugins/rules/presets"},
	"plugins/rules":         {ours: "chat expression nearest plugins plugins/rules/presets"},
	"plugins/rules/presets": {ours: "plugins"},

	// From an event to messages, and from a message to the service.
	"audience":  {ours: "chat expression", libs: "github.com/jonboulle/clockwork golang.org/x/sync"},
	"bots":      {ours: "audience chat expression internal/fail internal/trace plugins pump reviews", libs: "github.com/jonboulle/clockwork"},
	"bots/host": {ours: "bots chat plugins", libs: "github.com/jonboulle/clockwork golang.org/x/sys golang.org/x/time"},
	"delivery":  {ours: "chat audience im internal/fail pump", libs: "github.com/jonboulle/clockwork"},
	"receipts":  {ours: "chat audience", libs: "github.com/jonboulle/clockwork"},
	"reviews":   {ours: "audience chat nearest plugins"},
	"pump":      {libs: "github.com/jonboulle/clockwork"},

	// The one language for what an operator wants worked out.
	"expression": {ours: "nearest", libs: "github.com/expr-lang/expr"},

	// What helps an author, beside the line.
	"author":          {},
	"author/build":    {ours: "author"},
	"author/dev":      {ours: "author chat"},
	"author/scaffold": {ours: "author plugins"},

	// The edges. Each library has one place; the simulator shares nothing with
	// the client, because they must be able to disagree.
	"im":           {ours: "chat strictjson", libs: "github.com/go-resty/resty/v2"},
	"im/simulator": {libs: "github.com/labstack/echo/v4 github.com/jonboulle/clockwork"},
	"store":        {ours: "chat internal/fail", libs: "modernc.org/sqlite zombiezen.com/go/sqlite github.com/pressly/goose/v3 github.com/gofrs/flock github.com/google/uuid"},
	"webhooks":     {ours: "chat internal/fail openapi problem strangers strictjson", libs: "github.com/cloudevents/sdk-go/v2/event github.com/labstack/echo/v4 golang.org/x/net"},
	"strangers":    {libs: "github.com/labstack/echo/v4 golang.org/x/time"},
	"callbacks":    {ours: "chat nearest problem strangers strictjson", libs: "golang.org/x/sync golang.org/x/text golang.org/x/time"},
	"leaks":        {ours: "chat im pump", libs: "github.com/jonboulle/clockwork"},
	"accounts":     {ours: "chat config im"},
	"doctor":       {ours: "accounts audience callbacks chat config im"},
	"contract":     {ours: "chat nearest plugins", libs: "github.com/santhosh-tekuri/jsonschema/v6"},
	"schedules":    {ours: "chat", libs: "github.com/arran4/golang-ical github.com/robfig/cron/v3 github.com/jonboulle/clockwork github.com/teambition/rrule-go"},
	"console":      {ours: "chat openapi problem strictjson", libs: "github.com/labstack/echo/v4"},
	"openapi":      {},
	"problem":      {},
	"nearest":      {},
	"strictjson":   {},

	// Where a plugin panicked.
	"internal/trace": {},

	// The steps of the line, by name, for whoever wants to see it end there.
	"internal/fail": {},

	// For tests alone.
	"internal/browser":  {ours: "internal/need", libs: "github.com/chromedp"},
	"internal/need":     {},
	"internal/wire":     {},
	"internal/apidoc":   {ours: "chat openapi problem", libs: "github.com/invopop/jsonschema"},
	"internal/apicheck": {ours: "problem", libs: "github.com/pb33f/libopenapi github.com/pb33f/libopenapi-validator"},
	"internal/moves":    {ours: "chat", libs: "modernc.org/sqlite"},
	"config":            {ours: "chat nearest schedules", libs: "github.com/google/jsonschema-go gopkg.in/yaml.v3 go.yaml.in/yaml/v4"},

	// The wiring knows everybody, and only a main knows the wiring.
	"daemon":                  {ours: "*", libs: "*"},
	"cmd/*":                   {ours: "daemon plugins/*"},
	"docs/reference":          {},
	"docs/examples/senders/*": {libs: "github.com/cloudevents/sdk-go/v2"},
	"docs/examples/*":         {ours: "chat plugins daemon docs/examples/*", libs: "github.com/standard-webhooks/standard-webhooks/libraries"},

	// For tests and measurements.
	"plugins/plugintest": {ours: "chat plugins audience bots"},
	"bench":              {ours: "*", libs: "*"},
	"lab/*":              {ours: "*", libs: "*"},
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pkg is what `go list` knows of a package.
type pkg struct {
	ImportPath string
	Name       string
	Doc        string
	GoFiles    []string
	Imports    []string

	TestGoFiles, XTestGoFiles []string
	TestImports, XTestImports []string
}

func (p pkg) folder() string { return strings.TrimPrefix(p.ImportPath, module) }

func TestEveryImportIsInTheTable(t *testing.T) {
	for _, p := range list(t) {
		if len(p.GoFiles) == 0 {
			continue // tests alone, which may import what they like
		}
		t.Run(p.folder(), func(t *testing.T) {
			r, ok := find(p.folder())
			if !ok {
				t.Fatalf("no row for %s: say in the table what it may import", p.folder())
			}
			for _, i := range p.Imports {
				switch {
				case strings.HasPrefix(i, module):
					if ours := strings.TrimPrefix(i, module); !allowed(r.ours, ours, matches) {
						t.Errorf("%s imports %s and may import of this module: %s", p.folder(), ours, orNothing(r.ours))
					}
				case !standard(i):
					if !allowed(r.libs, i, below) {
						t.Errorf("%s imports %s and may import of other modules: %s", p.folder(), i, orNothing(r.libs))
					}
				}
			}
		})
	}
}

func TestTheTableAllowsNothingThatNobodyNeeds(t *testing.T) {
	for pattern, r := range table {
		var imports []string
		found := false
		for _, p := range list(t) {
			if own, _ := find(p.folder()); own == r && (p.folder() == pattern || matches(pattern, p.folder())) {
				found = true
				imports = append(imports, p.Imports...)
			}
		}
		if !found {
			t.Errorf("%s has a row and no package", pattern)
		}
		for _, allowance := range strings.Fields(r.ours + " " + r.libs) {
			used := func(i string) bool {
				return allowance == "*" || below(allowance, i) || matches(allowance, strings.TrimPrefix(i, module))
			}
			if !slices.ContainsFunc(imports, used) {
				t.Errorf("%s may import %s and does not: take it out of the row", pattern, allowance)
			}
		}
	}
}

func TestOnlyAMainKnowsTheWiring(t *testing.T) {
	for _, p := range list(t) {
		if p.Name != "main" && slices.Contains(p.Imports, module+"daemon") {
			t.Errorf("%s imports daemon and is no main", p.folder())
		}
	}
}

func TestEveryPackageHasAComment(t *testing.T) {
	for _, p := range list(t) {
		if p.Doc == "" && len(p.GoFiles) > 0 {
			t.Errorf("%s has no package comment", p.folder())
		}
	}
}

func TestEveryPackagesTestsLookForLeakedGoroutines(t *testing.T) {
	for _, p := range list(t) {
		if strings.HasPrefix(p.folder(), "docs/examples/") {
			continue // they show what an author writes, and an author need not
		}
		tests, imports := slices.Concat(p.TestGoFiles, p.XTestGoFiles), slices.Concat(p.TestImports, p.XTestImports)
		if len(tests) > 0 && !slices.Contains(imports, "go.uber.org/goleak") {
			t.Errorf("%s has tests and no TestMain with goleak", p.folder())
		}
	}
}

// machine is a path that exists on somebody's machine and nowhere else.
var machine = regexp.MustCompile("(^|[\\s\"'`(=:,])(/(root|home|work|Users)/|[A-Z]:\\\\Users\\\\)[\\w.]")

func TestNoFileNamesAPathOfSomebodysMachine(t *testing.T) {
	for name, b := range files(t) {
		for n, line := range bytes.Split(b, []byte("\n")) {
			if found := machine.Find(line); found != nil {
				t.Errorf("%s:%d names a path of somebody's machine: %q", name, n+1, found)
			}
		}
	}
}

// TestNoFileIsAProgram keeps out what "go build" leaves behind: everybody who
// clones the project would carry it for ever.
func TestNoFileIsAProgram(t *testing.T) {
	for name, b := range files(t) {
		for what, begins := range map[string]string{"Linux": "\x7fELF", "Windows": "MZ\x90", "macOS": "\xcf\xfa\xed\xfe"} {
			if bytes.HasPrefix(b, []byte(begins)) {
				t.Errorf("%s is a program for %s; take it out of git, and build it where it is needed", name, what)
			}
		}
	}
}

func TestTheTableTellsRightFromWrong(t *testing.T) {
	for _, c := range []struct {
		folder, ours, lib string
		want              bool
	}{
		{folder: "bots", ours: "chat", want: true},
		{folder: "chat", ours: "bots"},
		{folder: "im", ours: "im/simulator"},
		{folder: "im/simulator", ours: "chat"},
		{folder: "plugins/quiz", ours: "plugins", want: true},
		{folder: "plugins/quiz", ours: "plugins/notice"},
		{folder: "plugins/quiz", lib: "github.com/labstack/echo/v4"},
		{folder: "plugins/plugintest", ours: "audience", want: true},
		{folder: "cmd/botd", ours: "plugins/quiz", want: true},
		{folder: "cmd/botd", ours: "store"},
		{folder: "webhooks", lib: "github.com/labstack/echo/v4/middleware", want: true},
		{folder: "webhooks", lib: "github.com/labstack/echo/v44"},
		{folder: "webhooks", ours: "delivery"},
		{folder: "daemon", ours: "anything/at/all", want: true},
	} {
		r, ok := find(c.folder)
		got := ok && allowed(r.ours, c.ours, matches)
		if c.lib != "" {
			got = ok && allowed(r.libs, c.lib, below)
		}
		if got != c.want {
			t.Errorf("%s importing %s%s: %v", c.folder, c.ours, c.lib, got)
		}
	}
	if _, ok := find("util"); ok {
		t.Error("a package nobody decided on has a row")
	}
	for line, want := range map[string]bool{
		"cd /" + "home/ann/botd": true, "\"/" + "root/go\"": true, "C:\\" + "Users\\ann": true,
		"https://example.org/" + "home/ann": false, "GET /v1/events": false, "/" + "var/lib/botd": false,
	} {
		if machine.MatchString(line) != want {
			t.Errorf("%q: %v", line, !want)
		}
	}
}

// list returns the packages of this module, without folders that git ignores.
func list(t *testing.T) []pkg {
	t.Helper()
	walk(t)
	all, err := packages()
	if err != nil {
		t.Fatalf("listing the packages: %v", err)
	}
	return all
}

var packages = sync.OnceValues(func() ([]pkg, error) {
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Doc,GoFiles,Imports,TestGoFiles,XTestGoFiles,TestImports,XTestImports", "./...").Output()
	if err != nil {
		return nil, err
	}
	scratch := ignored()
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		switch err := d.Decode(&p); {
		case err == io.EOF:
			return all, nil
		case err != nil:
			return nil, err
		case p.ImportPath+"/" != module && !scratch(p.folder()):
			all = append(all, p)
		}
	}
})

// ignored reports which folders git was told to ignore: somebody's scratch, and
// no part of the project. Without git everything is a part.
func ignored() func(folder string) bool {
	out, err := exec.Command("git", "ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z").Output()
	if err != nil {
		return func(string) bool { return false }
	}
	paths := strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
	return func(folder string) bool {
		return slices.ContainsFunc(paths, func(p string) bool {
			return strings.HasSuffix(p, "/") && strings.HasPrefix(folder+"/", p)
		})
	}
}

// files are what git keeps, by name, with what is in them.
func files(t *testing.T) iter.Seq2[string, []byte] {
	t.Helper()
	if _, err := os.Stat(".git"); err != nil {
		t.Skip("which files are ours is known to git alone, and this is no clone")
	}
	names, err := exec.CommandContext(t.Context(), "git", "ls-files", "-z").Output()
	if err != nil {
		t.Fatalf("asking git for the files: %v", err)
	}
	return func(yield func(string, []byte) bool) {
		for name := range strings.SplitSeq(strings.TrimRight(string(names), "\x00"), "\x00") {
			b, err := os.ReadFile(name)
			if errors.Is(err, os.ErrNotExist) {
				continue // deleted and not yet committed
			}
			if err != nil {
				t.Error(err)
			}
			if !yield(name, b) {
				return
			}
		}
	}
}

// walk looks into every folder. `go list` does so too, but in a process of its
// own, so that the cache of test results would not know what the answer hangs on.
func walk(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(".", func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("walking the folders: %v", err)
	}
}

// find returns the row of a folder: its own, or else that of a pattern.
func find(folder string) (row, bool) {
	if r, ok := table[folder]; ok {
		return r, true
	}
	for pattern, r := range table {
		if matches(pattern, folder) {
			return r, true
		}
	}
	return row{}, false
}

func allowed(patterns, name string, match func(pattern, name string) bool) bool {
	return slices.ContainsFunc(strings.Fields(patterns), func(p string) bool { return p == "*" || match(p, name) })
}

func matches(pattern, folder string) bool {
	ok, _ := path.Match(pattern, folder) // the only error is a bad pattern, and that matches nothing
	return ok
}

func below(lib, importPath string) bool {
	return importPath == lib || strings.HasPrefix(importPath, lib+"/")
}

// standard reports whether an import path is the standard library's, whose
// first element is no host.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
