package scaffold

import "strings"

// Lang is a language that plugins can be written in.
type Lang string

// The languages.
const (
	Go         Lang = "go"
	Python     Lang = "python"
	TypeScript Lang = "typescript"
)

// Langs are all of them.
var Langs = []Lang{Go, Python, TypeScript}

// file is one that is written, and what of.
type file struct{ path, template string }

// files are those of a plugin in this language.
func (l Lang) files(p Plugin) []file {
	all := []file{
		{".gitignore", "all/gitignore"}, {"README.md", "all/README.md"}, {"bots.yaml", "all/bots.yaml"}, {p.Name + ".chat", "all/transcript.chat"},
	}
	switch l {
	case Python:
		return append(all, file{p.File(), "python/plugin.py"}, file{p.Half(), "python/botd.py"})
	case TypeScript:
		return append(all, file{p.File(), "typescript/plugin.ts"}, file{p.Half(), "typescript/botd.ts"}, file{"package.json", "typescript/package.json"})
	case Go:
	}
	return append(all, file{"go.mod", "go/go.mod"}, file{p.File(), "go/plugin.go"}, file{p.Package() + "_test.go", "go/plugin_test.go"},
		file{"cmd/" + p.Name + "/main.go", "go/main.go"})
}

// File is the one that the author works on.
func (p Plugin) File() string {
	switch p.Lang {
	case Python:
		return strings.ReplaceAll(p.Name, "-", "_") + ".py"
	case TypeScript:
		return p.Name + ".ts"
	case Go:
	}
	return p.Package() + ".go"
}

// Half is the one that nobody edits; empty in Go, where that is a package.
func (p Plugin) Half() string {
	switch p.Lang {
	case Python:
		return "botd.py"
	case TypeScript:
		return "botd.ts"
	case Go:
	}
	return ""
}

// Program is how a configuration names it.
func (p Plugin) Program() string {
	switch p.Lang {
	case Python:
		return "[python3, " + p.File() + "]"
	case TypeScript:
		return "[node, " + p.File() + "]"
	case Go:
	}
	return "[bin/" + p.Name + "]"
}

// Tested is how its transcript names it: in Go it is built for that, so that what is
// tested is what was written last.
func (p Plugin) Tested() string {
	if p.Lang == Go {
		return "[go, run, ./cmd/" + p.Name + "]"
	}
	return p.Program()
}

// Commands are what its author runs next, in its folder.
func (p Plugin) Commands() []string {
	if p.Lang == Go {
		return []string{
			"go mod tidy                 # fetches botd's packages",
			"go test ./...               # plays " + p.Name + ".chat, as botd test does; UPDATE=1 writes its < lines anew",
			"botd dev                    # runs it in a pretend group, and again on each save",
		}
	}
	return []string{
		"botd test                   # plays " + p.Name + ".chat; --update writes its < lines anew",
		"botd dev                    # runs it in a pretend group, and again on each save",
	}
}
