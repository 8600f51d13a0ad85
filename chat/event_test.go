package chat_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

type score struct {
	User   string
	Points int
}

func TestAKeyReadsWhatItWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			key   = chat.Key[[]score](rapid.String().Draw(t, "key"))
			other = chat.Key[int](string(key) + "'")
			s     = chat.State{}
			v     = []score{{rapid.StringMatching(`\PC*`).Draw(t, "user"), rapid.Int().Draw(t, "points")}}
		)
		key.Set(s, v)
		other.Set(s, 7)
		if got := key.Get(s); len(got) != 1 || got[0] != v[0] {
			t.Fatalf("%+v came back as %+v", v, got)
		}
		// What is kept is JSON, so it must also survive being stored.
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var stored chat.State
		if err := json.Unmarshal(b, &stored); err != nil || len(key.Get(stored)) != 1 || key.Get(stored)[0] != v[0] {
			t.Fatalf("%s came back as %+v (%v)", b, key.Get(stored), err)
		}
		key.Delete(s)
		if got := key.Get(s); got != nil || other.Get(s) != 7 {
			t.Fatalf("after Delete: %+v, and beside it %d", got, other.Get(s))
		}
	})
}

func TestWhatIsNotThereOrHasAnotherShapeIsZero(t *testing.T) {
	const key = chat.Key[score]("score")
	for name, s := range map[string]chat.State{
		"no state at all":        nil,
		"an empty state":         {},
		"another key":            {"scores": json.RawMessage(`{"User":"ann"}`)},
		"another shape":          {"score": json.RawMessage(`[1,2]`)},
		"another shape half way": {"score": json.RawMessage(`{"User":"ann","Points":"many"}`)},
		"null":                   {"score": json.RawMessage(`null`)},
		"nothing":                {"score": nil},
		"half of JSON":           {"score": json.RawMessage(`{"User":"ann"`)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := key.Get(s); got != (score{}) {
				t.Errorf("read %+v", got)
			}
			key.Delete(s)
		})
	}
}

func TestAValueThatJSONCannotExpressIsThePluginsMistake(t *testing.T) {
	defer func() {
		if r, _ := recover().(string); !strings.Contains(r, `state key "ratio"`) {
			t.Errorf("panicked with %q", r)
		}
	}()
	chat.Key[float64]("ratio").Set(chat.State{}, math.NaN())
	t.Error("stored")
}
