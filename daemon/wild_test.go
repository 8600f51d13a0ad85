package daemon_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// wild is a plugin that does to each event what its payload says.
var wild = plugins.Define("wild", "1.0.0", func(struct{}) (plugins.Handler, error) {
	m := plugins.NewMux()
	plugins.On(m, "posted", func(_ context.Context, e chat.Event, p struct {
		Do string `json:"do"`
	}) ([]chat.Message, error) {
		return goWild(e, p.Do)
	})
	return m, nil
})

var hoard [][]byte

func goWild(e chat.Event, what string) ([]chat.Message, error) {
	switch what {
	case "panic":
		panic("on purpose")
	case "panic beside":
		go func() { panic("beside it") }()
		select {}
	case "loop":
		for { //nolint:staticcheck // that is what it is for
		}
	case "memory":
		for range 2048 {
			hoard = append(hoard, bytes.Repeat([]byte{1}, 1<<20))
		}
	case "exit":
		os.Exit(3)
	case "fail":
		return nil, errors.New("not now")
	case "shout":
		_, _ = os.Stdout.Write(append(bytes.Repeat([]byte{0, 255, 27, '['}, 1<<20), '\n'))
		for i := range 50_000 {
			fmt.Println("line", i)
		}
	case "flood":
		return slices.Repeat(chat.Owners.Say("again"), 6), nil
	case "crowd":
		return chat.Everyone.Say("to all of them"), nil
	case "state":
		chat.Key[string]("all").Set(e.State, strings.Repeat("x", chat.MaxState))
	}
	return chat.Admins.Say("the wild one says %s", what), nil
}
