package disk

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
)

// Calls are the system calls that a trace needs: those that change files, those
// that flush them, and what is written to sockets. The others are there to be
// found out: the model does not know them.
const Calls = "open,openat,pwrite64,write,ftruncate,fsync,fdatasync,unlink,unlinkat," +
	"writev,pwritev,pwritev2,fallocate,rename,renameat,renameat2,copy_file_range,sync_file_range"

// Arguments are those of strace, for a log that [Read] can read.
func Arguments(log string) []string {
	return []string{"-f", "--seccomp-bpf", "-q", "-y", "-xx", "-s", strconv.Itoa(1 << 20), "-e", "trace=" + Calls, "-e", "signal=none", "-o", log}
}

type kind int

const (
	created kind = iota
	written
	cut // to a length
	flushed
	removed
)

// op is something that was asked of the disk.
type op struct {
	kind         kind
	path         string
	data         []byte
	at           int64
	began, ended int // moments; ended is never when the process did not see it end
}

const never = math.MaxInt

// Said is what was written to a socket.
type Said struct {
	Moment int // when the call began: from then on, somebody may know it
	Socket string
	Data   []byte
}

// Trace is what a process did to the files of one folder, in order, and what it
// said meanwhile. Its moments are numbered from 1.
type Trace struct {
	Moments int
	Said    []Said
	folder  string
	ops     []op
}

// Read reads a log of strace, made with [Arguments], as far as it is about the
// files in a folder and about sockets. The folder has to have been empty.
func Read(log io.Reader, folder string) (*Trace, error) {
	r := reading{Trace: Trace{folder: folder}, open: map[string]call{}, there: map[string]bool{}}
	lines := bufio.NewReaderSize(log, 1<<20)
	for {
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("reading the log of strace: %w", err)
		}
		if line == "" {
			return &r.Trace, nil
		}
		r.Moments++
		if err := r.line(strings.TrimSuffix(line, "\n")); err != nil {
			return nil, fmt.Errorf("line %d of the log of strace: %w", r.Moments, err)
		}
	}
}

// reading is the state of reading a log.
type reading struct {
	Trace
	open  map[string]call // the call that each thread is in
	there map[string]bool // the names in the folder
}

// call is a call that has begun.
type call struct {
	text string
	at   int // which of the ops it is; -1: none
}

const (
	unfinished = " <unfinished ...>"
	resumed    = " resumed>"
)

func (r *reading) line(line string) error {
	thread, text, ok := strings.Cut(line, " ")
	text = strings.TrimLeft(text, " ")
	switch {
	case !ok || strings.HasPrefix(text, "+++") || strings.HasPrefix(text, "---"):
		return nil
	case strings.HasSuffix(text, unfinished):
		text = strings.TrimSuffix(text, unfinished)
		at, err := r.begin(text)
		r.open[thread] = call{text, at}
		return err
	case strings.HasPrefix(text, "<... "):
		begun, known := r.open[thread]
		_, rest, found := strings.Cut(text, resumed)
		if !known || !found {
			return fmt.Errorf("a call goes on that never began: %.60s", text)
		}
		delete(r.open, thread)
		head, result, _ := cutLast(begun.text+rest, " = ")
		return r.end(head, result, begun.at)
	}
	head, result, ok := cutLast(text, " = ")
	if !ok {
		return fmt.Errorf("a call without a result: %.60s", text)
	}
	at, err := r.begin(head)
	if err != nil {
		return err
	}
	return r.end(head, result, at)
}

// begin notes a call that changes a file, from when on the disk may have it.
func (r *reading) begin(text string) (at int, err error) {
	name, arguments, ok := strings.Cut(text, "(")
	if !ok {
		return -1, fmt.Errorf("no call: %.60s", text)
	}
	a := split(arguments)
	o := op{began: r.Moments, ended: never}
	if o.path, err = object(name, a); err != nil {
		return -1, err
	}
	ours := o.path == r.folder || strings.HasPrefix(o.path, r.folder+"/")
	switch {
	case name == "write" && strings.HasPrefix(o.path, "socket:"):
		return -1, r.say(o.path, a)
	case !ours, opens[name] > 0, filepath.Ext(o.path) == ".lock", strings.HasSuffix(o.path, "-shm"):
		return -1, nil // locks and shared memory mean nothing after a power cut
	}
	if err := o.complete(name, a); err != nil {
		return -1, err
	}
	if o.kind == written && !r.there[o.path] {
		return -1, fmt.Errorf("%s is written and was never made: was the folder not empty?", o.path)
	}
	r.ops = append(r.ops, o)
	return len(r.ops) - 1, nil
}

func (r *reading) say(socket string, a []string) error {
	data, err := content(a, 1)
	r.Said = append(r.Said, Said{Moment: r.Moments, Socket: socket, Data: data})
	return err
}

// complete reads what a call is to do.
func (o *op) complete(name string, a []string) (err error) {
	switch name {
	case "pwrite64":
		o.kind = written
		if o.data, err = content(a, 1); err == nil {
			o.at, err = number(a, 3)
		}
	case "ftruncate":
		o.kind = cut
		o.at, err = number(a, 1)
	case "fsync", "fdatasync":
		o.kind = flushed
	case "unlink", "unlinkat":
		o.kind = removed
	default:
		err = fmt.Errorf("%s of %s: the model does not know this call", name, o.path)
	}
	return err
}

// end notes how a call ended.
func (r *reading) end(head, result string, at int) error {
	failed := strings.HasPrefix(result, "-1") || strings.HasPrefix(result, "?")
	name, arguments, _ := strings.Cut(head, "(")
	if flags := opens[name]; flags > 0 && !failed {
		return r.opened(name, split(arguments), flags)
	}
	if at < 0 {
		return nil
	}
	o := &r.ops[at]
	switch {
	case failed && o.kind == flushed:
		return nil // it never ends
	case failed && o.kind == removed:
		o.path = "" // nothing was removed
	case o.kind == removed:
		delete(r.there, o.path)
	}
	o.ended = r.Moments
	return nil
}

// opens are the calls that open a file, each with where its flags are.
var opens = map[string]int{"open": 1, "openat": 2}

// opened notes a file that was made by opening it, or emptied.
func (r *reading) opened(name string, a []string, flags int) error {
	path, err := object(name, a)
	if err != nil || !strings.HasPrefix(path, r.folder+"/") || len(a) <= flags || filepath.Ext(path) == ".lock" || strings.HasSuffix(path, "-shm") {
		return err
	}
	o := op{path: path, began: r.Moments, ended: r.Moments}
	switch {
	case strings.Contains(a[flags], "O_CREAT") && !r.there[path]:
		o.kind, r.there[path] = created, true
	case strings.Contains(a[flags], "O_TRUNC"):
		o.kind = cut
	default:
		return nil
	}
	r.ops = append(r.ops, o)
	return nil
}

// object is what a call is about: a path, or what strace calls a socket.
func object(name string, a []string) (string, error) {
	switch name {
	case "openat", "unlinkat", "renameat", "renameat2":
		path, err := content(a, 1)
		return string(path), err
	case "open", "unlink", "rename":
		path, err := content(a, 0)
		return string(path), err
	}
	_, path, ok := strings.Cut(a[0], "<")
	if !ok {
		return "", nil // a descriptor that strace knows nothing of
	}
	text, err := unhex(strings.TrimSuffix(path, ">"))
	return string(text), err
}

// split takes the arguments apart. All text is in hexadecimal, so that a comma
// is a comma.
func split(arguments string) []string {
	if i := strings.LastIndexByte(arguments, ')'); i >= 0 {
		arguments = arguments[:i]
	}
	return strings.Split(arguments, ", ")
}

func content(a []string, n int) ([]byte, error) {
	if n >= len(a) || !strings.HasPrefix(a[n], `"`) {
		return nil, fmt.Errorf("argument %d is no text", n)
	}
	if !strings.HasSuffix(a[n], `"`) {
		return nil, fmt.Errorf("argument %d was cut short", n)
	}
	return unhex(strings.Trim(a[n], `"`))
}

func unhex(text string) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	if err != nil {
		return nil, fmt.Errorf("a text that is not all in hexadecimal: %w", err)
	}
	return b, nil
}

func number(a []string, n int) (int64, error) {
	if n >= len(a) {
		return 0, fmt.Errorf("no argument %d", n)
	}
	return strconv.ParseInt(a[n], 10, 64)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
