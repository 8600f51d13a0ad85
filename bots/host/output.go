package host

import (
	"bufio"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/botd-chat/botd/bots"
)

// What a program's standard output and error may say: lines of so many characters, so
// many of them at once (a panic with its stacks), and then so many a second.
const (
	longestOutput = 2000
	outputBurst   = 300
	outputRate    = 20
)

// output is what a program writes, on its way to the log.
type output struct {
	log     *slog.Logger
	observe Observer
	most    *rate.Limiter
	left    int           // lines that were left out since the last that was not
	done    chan struct{} // closed at its end
	mu      sync.Mutex
	words   words
}

// words are what a program wrote that says best why it ended, or did not answer.
type words struct {
	text    string
	at      time.Time
	telling bool      // they look like a reason
	starved time.Time // when it wrote last that it was out of memory; zero: never
}

// since is the words that look like a reason for what began at a time; none if there are
// none.
func (w words) since(began time.Time) words {
	if !w.telling || w.at.Before(began) {
		return words{}
	}
	return w
}

// fatal is how long before its end a program writes what it ends of.
const fatal = 5 * time.Second

// told is how they are put behind something that they explain.
func (w words) told() string {
	if w.text == "" {
		return ""
	}
	text := "; it wrote: " + printable(strings.TrimSpace(w.text), longestLine)
	if strings.Contains(w.text, `Unknown file extension ".ts"`) {
		text += " (TypeScript as it is wants Node 22.18 or newer)"
	}
	return text
}

func newOutput(s Settings, name string) *output {
	return &output{log: s.Log.With("plugin", name), observe: s.Observe, most: rate.NewLimiter(outputRate, outputBurst), done: make(chan struct{})}
}

// read logs all lines. However many there are, the program does not wait for the log.
func (o *output) read(r io.Reader) {
	defer close(o.done)
	defer o.tellLeft()
	b := bufio.NewReaderSize(r, 4*longestOutput)
	for {
		line, cut, err := b.ReadLine()
		if err != nil {
			return
		}
		text := printable(line, longestOutput)
		for cut && err == nil {
			_, cut, err = b.ReadLine()
		}
		if text != "" {
			o.line(text)
		}
	}
}

func (o *output) line(text string) {
	o.remember(text)
	// One that wrote too much is heard again in a second, and not line by line.
	if o.left > 0 && o.most.Tokens() < outputRate || !o.most.Allow() {
		if o.left++; o.left == 1 {
			o.observe.limit(bots.LimitOutput)
		}
		return
	}
	o.tellLeft()
	o.log.Info("the plugin wrote", "line", text)
}

func (o *output) tellLeft() {
	if o.left > 0 {
		o.log.Warn("the plugin writes more than is logged", "left_out", o.left)
		o.left = 0
	}
}

// The lines that say why a program ended, as Go, Python and Node have them, and of
// these what says that memory was the reason.
var (
	reason  = regexp.MustCompile(`^(panic: |fatal error: |FATAL ERROR: |[\w.]*(Error|Exception)\b)`)
	starved = regexp.MustCompile(`(?i)out of memory|cannot allocate memory|MemoryError|bad_alloc|allocation failed`)
)

func (o *output) remember(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	tells := reason.MatchString(text)
	if tells || !o.words.telling {
		o.words = words{text: text, at: time.Now(), telling: tells, starved: o.words.starved}
	}
	if starved.MatchString(text) {
		o.words.starved = time.Now()
	}
}

// last is what says best why the program ended.
func (o *output) last() words {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.words
}
