package host_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// wild is a plugin that does whatever an event says, and answers with the number of its
// process.
var wild = plugins.Define("wild", "1.0.0", func(o struct {
	Text  string   `json:"text"`
	Needs []string `json:"needs"` // what it needs because of its options
}) (plugins.Handler, error) {
	if o.Text == "bad" {
		return nil, errors.New("text: is bad")
	}
	m := plugins.NewMux()
	m.On("say", func(ctx context.Context, e chat.Event) ([]chat.Message, error) {
		const count = chat.Key[int]("count")
		count.Set(e.State, count.Get(e.State)+1)
		if err := do(ctx, strings.Trim(string(e.Payload), `"`)); err != nil {
			return nil, err
		}
		return chat.Everyone.Say("%d", os.Getpid()), nil
	})
	return needing{m, o.Needs}, nil
})

// needing is a handler that needs what its options say.
type needing struct {
	*plugins.Mux
	needs []string
}

func (n needing) Needed() []string { return n.needs }

var kept [][]byte

func do(ctx context.Context, what string) error {
	switch what {
	case "panic":
		panic("on purpose")
	case "goroutine":
		go func() { panic("beside it") }()
		select {}
	case "loop":
		for { //nolint:staticcheck // that is what it is for
		}
	case "memory":
		for range 2048 {
			kept = append(kept, bytes.Repeat([]byte{1}, 1<<20))
		}
	case "flood":
		for i := range 100_000 {
			fmt.Println("line", i)
		}
	case "garbage":
		_, _ = os.Stdout.Write(append(bytes.Repeat([]byte{0, 255, 27, '['}, 100_000), '\n'))
	case "exit":
		fmt.Fprintln(os.Stderr, "Error: it is enough")
		os.Exit(3)
	case "fail":
		return errors.New("not now")
	case "never":
		return plugins.Permanent(errors.New("not ever"))
	case "wait":
		select {
		case <-ctx.Done():
		case <-time.After(time.Minute):
		}
	case "slow":
		time.Sleep(300 * time.Millisecond)
	}
	return nil
}
