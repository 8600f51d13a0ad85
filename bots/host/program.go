package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/plugins"
)

// Command is how a plugin is run as a process of its own.
type Command struct {
	// Args are a program and what it is started with, as in [python3, quiz.py]. It is
	// looked for in $PATH, or from Dir on if there is a slash in its name. [Isolated]
	// does not read them. Other users of the machine can see them, and no log has them.
	Args []string
	Dir  string // in which it runs; empty: that of botd
	// Env are further variables, as "NAME=value". Otherwise it has those of botd that
	// say where things are (PATH, HOME, TMPDIR, TZ, LANG), and none that may be secret.
	Env    []string
	Memory int64 // bytes of data that each of its processes may have; zero: any. Held on Linux alone
	Settings
}

// MinMemory is the least that [Command.Memory] can be: with less, hardly a program starts.
const MinMemory = 16 << 20

// Program is a plugin that is any program which answers on $PORT.
func Program(c Command) bots.Plugin {
	return newProgram(c)
}

func newProgram(c Command) *program {
	c.Settings = c.orDefault()
	return &program{Command: c, name: c.name()}
}

type program struct {
	Command
	seen
	name string
}

// Name is that of the program and, where an interpreter is given a script, of that.
func (p *program) Name() string { return p.name }

// name is what a command can be called by in logs and metrics, where no argument is told
// that may be a secret. The first that is no flag is a script if it is a file here.
func (c Command) name() string {
	if len(c.Args) == 0 {
		return ""
	}
	name := filepath.Base(c.Args[0])
	first := slices.IndexFunc(c.Args[1:], func(arg string) bool { return !strings.HasPrefix(arg, "-") })
	if first < 0 {
		return name
	}
	script := c.Args[1+first]
	path := script
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.Dir, path)
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return name
	}
	return name + " " + filepath.Base(script)
}

// Needs is false: the handler's manifest says what is needed.
func (p *program) Needs(string) bool { return false }

// New makes a handler, which starts the program when it is first needed. That there is
// no such program is told at once.
func (p *program) New(json.RawMessage) (plugins.Handler, error) {
	l, err := p.launch()
	if err != nil {
		return nil, err
	}
	c := newChild(p.Settings, &p.seen, l)
	c.strict = true
	return c, nil
}

// launch is how the program is started.
func (p *program) launch() (launch, error) {
	if len(p.Args) == 0 {
		return launch{}, errors.New("no program is given")
	}
	path, err := p.find()
	if err == nil {
		err = p.check()
	}
	return launch{name: p.Name(), path: path, argv: p.Args, dir: p.Dir, env: p.environment(), memory: p.Memory}, err
}

// find is where the program is.
func (p *program) find() (string, error) {
	path, err := Find(p.Dir, p.Args[0])
	if err != nil {
		return "", fmt.Errorf("there is no program %q to start: %w", p.Args[0], bareExec(err))
	}
	return path, nil
}

// Find looks for a program as it would be started: on PATH if it is a bare name, and
// from a folder, that of the process when empty, if it has a slash in it. The error is that
// of [exec.LookPath].
func Find(folder, program string) (string, error) {
	if !strings.ContainsRune(program, filepath.Separator) {
		path, err := exec.LookPath(program)
		if err != nil {
			return "", err
		}
		return filepath.Abs(path)
	}
	if !filepath.IsAbs(program) {
		program = filepath.Join(folder, program)
	}
	// Joined with ".", what was ./quiz is quiz, for which PATH would be searched.
	path, err := filepath.Abs(program)
	if err != nil {
		return "", err
	}
	return exec.LookPath(path)
}

func bareExec(err error) error {
	if e, ok := errors.AsType[*exec.Error](err); ok {
		return e.Err
	}
	return err
}

// check reports a command that cannot be started.
func (c Command) check() error {
	switch {
	case !supported:
		return errors.New("programs are not started on this system; run it by yourself, and give its URL")
	case !hooked.Load():
		return errors.New("this program cannot start itself as a keeper: its main has to call host.Child first")
	case c.Memory != 0 && c.Memory < MinMemory:
		return fmt.Errorf("its limit of memory is %d bytes; hardly a program starts with less than %d MB", c.Memory, MinMemory>>20)
	}
	return nil
}

// environment is what a program finds in its environment besides what belongs to its
// placement. What else botd has there is botd's: it may be a secret.
func (c Command) environment() []string {
	env := []string{"PYTHONUNBUFFERED=1"} // or what Python prints is not in the log until it ends
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TZ", "LANG"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return slices.Concat(env, c.Env)
}

// Isolated is a plugin that is compiled in, in a process of its own: botd's own binary
// once more, as that plugin alone. Options, triggers and timers are checked in this
// process, at once; events are handled in the other. A program that has it calls
// [Child] first.
func Isolated(p plugins.Plugin, c Command) bots.Plugin {
	c.Settings = c.orDefault()
	return isolated{p, c}
}

type isolated struct {
	plugins.Plugin
	command Command
}

// New makes a handler, which starts the process when it is first needed.
func (i isolated) New(options json.RawMessage) (plugins.Handler, error) {
	local, err := i.Plugin.New(options)
	if err != nil {
		return nil, err
	}
	if err := i.command.check(); err != nil {
		return nil, errors.Join(err, closeHandler(local))
	}
	env := append(i.command.environment(), EnvPlugin+"="+i.Name())
	if i.command.Memory > 0 { // have the collector work harder before there is no more to be had
		env = append(env, fmt.Sprintf("GOMEMLIMIT=%d", i.command.Memory/10*7))
	}
	c := newChild(i.command.Settings, new(seen), launch{
		name: i.Name(), path: self(), argv: []string{"botd: plugin " + i.Name()}, dir: i.command.Dir, env: env, memory: i.command.Memory, socket: true,
	})
	return &twin{child: c, local: local}, nil
}

// twin is the handler of an isolated plugin, with one in this process that is asked what
// it knows and handles nothing.
type twin struct {
	*child
	local plugins.Handler
}

// Manifest is what the process says of itself, with what this bot's options need: it does
// not know them before it gets an event.
func (t *twin) Manifest(ctx context.Context) (plugins.Manifest, error) {
	m, err := t.child.Manifest(ctx)
	if n, ok := t.local.(plugins.Needing); ok && err == nil {
		m.Needs = slices.Concat(m.Needs, n.Needed())
		slices.Sort(m.Needs)
		m.Needs = slices.Compact(m.Needs)
	}
	return m, err
}

// Described is the handler that says what this one knows.
func (t *twin) Described() plugins.Handler { return t.local }

// Close ends the process, too.
func (t *twin) Close() error {
	return errors.Join(t.child.Close(), closeHandler(t.local))
}
