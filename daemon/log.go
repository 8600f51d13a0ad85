package daemon

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"time"
)

// newLog returns the log that BOTD_LOG_LEVEL (debug, info, warn, error) and
// BOTD_LOG_FORMAT (json, text) ask for: info, and json unless w is a terminal.
func newLog(w io.Writer, env func(string) string) (*slog.Logger, error) {
	o := &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: readable}
	if s := env("BOTD_LOG_LEVEL"); s != "" {
		var level slog.Level
		if err := level.UnmarshalText([]byte(s)); err != nil {
			return nil, usage("BOTD_LOG_LEVEL is %q; have debug, info, warn, error", s)
		}
		o.Level = level
	}
	switch format := env("BOTD_LOG_FORMAT"); {
	case format == "text", format == "" && isTerminal(w):
		return slog.New(slog.NewTextHandler(w, o)), nil
	case format == "json", format == "":
		return slog.New(slog.NewJSONHandler(w, o)), nil
	default:
		return nil, usage("BOTD_LOG_FORMAT is %q; have json, text", format)
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// inQuery finds credentials in what looks like a query string. Nothing should
// log a URL that holds one; this is for the library that does it all the same.
var inQuery = regexp.MustCompile(`(?i)\b(usersig|sign|access_token|token|secret)=[^&\s"]+`)

// readable writes a duration as people do, also in JSON, which would have it in
// nanoseconds, and leaves out credentials.
func readable(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		return slog.String(a.Key, a.Value.Duration().Round(time.Microsecond).String())
	}
	return redact(nil, a)
}

func redact(_ []string, a slog.Attr) slog.Attr {
	var s string
	switch v := a.Value.Any().(type) {
	case string:
		s = v
	case error:
		s = v.Error()
	case fmt.Stringer:
		s = v.String()
	default:
		return a
	}
	if clean := inQuery.ReplaceAllString(s, "$1=***"); clean != s {
		return slog.String(a.Key, clean)
	}
	return a
}
