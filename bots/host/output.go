package host

import (
	"bufio"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/time/rate"
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
	words   string // what says best why it ended
	telling bool   // words look like a reason
	starved bool   // it said that it was out of memory
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
		text := printable(string(line), longestOutput)
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
			o.observe.limit(Output)
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
	if tells || !o.telling {
		o.words, o.telling = text, tells
	}
	o.starved = o.starved || starved.MatchString(text)
}

// last is what says best why the program ended, "" for nothing, and whether it was for
// want of memory.
func (o *output) last() (words string, starved bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return printable(strings.TrimSpace(o.words), longestLine), o.starved
}
