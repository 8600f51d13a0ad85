// Package trace says where a plugin panicked: in which of its own lines, and how it came
// there, without the lines of those who called it.
package trace

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// deepest is how many frames are looked at.
const deepest = 256

// callers are the packages that call a plugin.
var callers = []string{"github.com/botd-chat/botd/plugins", "github.com/botd-chat/botd/bots", "github.com/botd-chat/botd/bots/host"}

// Panic is called by a deferred function that has recovered a panic. At is the line of
// the plugin, as in "quiz.go:41", and stack are the frames from where it panicked to
// the first of the plugin, one a line. Where none is the plugin's, they are all there
// are.
func Panic() (at, stack string) {
	frames, library := panicked()
	if len(frames) == 0 {
		return "", ""
	}
	own := slices.IndexFunc(frames, func(f runtime.Frame) bool { return !called(f) && !library(f) })
	if own < 0 {
		own = 0
	} else if end := slices.IndexFunc(frames[own:], called); end > 0 {
		frames = frames[:own+end]
	}
	lines := make([]string, len(frames))
	for i, f := range frames {
		lines[i] = fmt.Sprintf("%s:%d %s", f.File, f.Line, f.Function[strings.LastIndexByte(f.Function, '/')+1:])
	}
	return fmt.Sprintf("%s:%d", filepath.Base(frames[own].File), frames[own].Line), strings.Join(lines, "\n")
}

// panicked are the frames below the newest panic, and which of them are the standard
// library's.
func panicked() (all []runtime.Frame, library func(runtime.Frame) bool) {
	pcs := make([]uintptr, deepest)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	panics, root := false, ""
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		switch {
		case f.Function == "runtime.gopanic" && !panics:
			panics, root = true, strings.TrimSuffix(f.File, "runtime/panic.go")
		case f.Function == "runtime.gopanic": // one before it, which ran what panicked again
		case panics && (len(all) > 0 || !strings.HasPrefix(f.Function, "runtime.")):
			all = append(all, f)
		}
	}
	return all, func(f runtime.Frame) bool {
		if root != "" {
			return strings.HasPrefix(f.File, root)
		}
		first, _, _ := strings.Cut(f.File, "/") // built with -trimpath: an import path
		return !strings.Contains(first, ".")
	}
}

// called reports whether a function is of those who call a plugin.
func called(f runtime.Frame) bool {
	slash := strings.LastIndexByte(f.Function, '/') + 1
	name, _, _ := strings.Cut(f.Function[slash:], ".")
	return slices.Contains(callers, f.Function[:slash]+name)
}
