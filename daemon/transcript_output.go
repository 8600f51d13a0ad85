package daemon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"

	"github.com/botd-chat/botd/plugins/plugintest"
)

// played is what came of playing a transcript once. Its JSON is for machines.
type played struct {
	File       string  `json:"file"`
	Plugin     string  `json:"plugin,omitempty"` // what it was played with, as written
	Events     int     `json:"events"`
	Seconds    float64 `json:"seconds"`
	Difference string  `json:"difference,omitempty"` // empty: all is as written
	Rewritten  bool    `json:"rewritten,omitempty"`
	Error      string  `json:"error,omitempty"` // it could not be played to its end
	Log        string  `json:"log,omitempty"`   // of the plugin's runs, where it failed

	log *bytes.Buffer
}

func (o *played) logger() *slog.Logger {
	o.log = new(bytes.Buffer)
	return plugintest.Log(o.log)
}

func (o *played) logged() string {
	if o.log == nil {
		return ""
	}
	return o.log.String()
}

// failed reports whether something is not as it is written.
func (o played) failed() bool { return o.Error != "" || o.Difference != "" && !o.Rewritten }

// playOutput says what came of transcripts.
type playOutput struct {
	w    io.Writer
	json bool
}

// all says it of each, and is an error if one failed.
func (out playOutput) all(results iter.Seq[played]) error {
	n, failed := 0, 0
	for one := range results {
		n++
		if one.failed() {
			failed++
			one.Log = one.logged()
		}
		if err := out.one(one); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %v: %w", failed, count(n, "transcript"), errNotAsWritten)
	}
	return nil
}

func (out playOutput) one(o played) error {
	if out.json {
		return json.NewEncoder(out.w).Encode(o)
	}
	var b strings.Builder
	line := func(result, more string) { fmt.Fprintf(&b, "%-4s  %s  %s%s\n", result, o.File, o.Plugin, more) }
	switch {
	case o.Error != "":
		line("FAIL", "")
		b.WriteString(indented(o.Error, 6) + "\n")
	case o.Rewritten:
		line("new", "  read what changed")
	case o.Difference != "":
		line("FAIL", "  (- as written, + as played)")
		b.WriteString(indented(o.Difference, 6) + "\n")
	default:
		line("ok", fmt.Sprintf("  %v  %.2fs", count(o.Events, "event"), o.Seconds))
	}
	if o.Log != "" {
		b.WriteString(indented("The log:\n"+o.Log, 6) + "\n")
	}
	_, err := io.WriteString(out.w, b.String())
	return err
}

// indented is a text of some lines with so many blanks before each.
func indented(text string, blanks int) string {
	before := strings.Repeat(" ", blanks)
	return before + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+before)
}
