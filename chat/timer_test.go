package chat_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

func TestTimersThatCannotBeAreRefused(t *testing.T) {
	good := chat.Later{Name: "closes", Key: "q7/é", After: chat.Duration(time.Minute), Payload: json.RawMessage(`{"id":7}`)}
	for _, c := range []struct {
		name string
		edit func(*chat.Later)
		want string // empty: it is right
	}{
		{"as it should be", func(*chat.Later) {}, ""},
		{"without key and payload", func(l *chat.Later) { l.Key, l.Payload = "", nil }, ""},
		{"the least", func(l *chat.Later) { l.After = chat.Duration(chat.MinTimer) }, ""},
		{"the most", func(l *chat.Later) { l.After = chat.Duration(chat.MaxTimer) }, ""},
		{"a little less than the least", func(l *chat.Later) { l.After = chat.Duration(chat.MinTimer - 1) }, "a timer comes after 1s to 8784h0m0s"},
		{"a little more than the most", func(l *chat.Later) { l.After = chat.Duration(chat.MaxTimer + 1) }, "a timer comes after"},
		{"no time", func(l *chat.Later) { l.After = 0 }, "after 0s"},
		{"no name", func(l *chat.Later) { l.Name = "" }, "a name has 1 to 64 letters"},
		{"a name of two words", func(l *chat.Later) { l.Name = "it closes" }, "a name has 1 to 64 letters"},
		{"a name with a slash", func(l *chat.Later) { l.Name = "closes/q7" }, "a name has 1 to 64 letters"},
		{"a long name", func(l *chat.Later) { l.Name = chat.TriggerName(strings.Repeat("x", 65)) }, "a name has 1 to 64 letters"},
		{"a long key", func(l *chat.Later) { l.Key = strings.Repeat("x", 129) }, "its key has 129 bytes, and may have 128"},
		{"a key that is no text", func(l *chat.Later) { l.Key = "\xff" }, "its key is not one line of text"},
		{"no JSON", func(l *chat.Later) { l.Payload = json.RawMessage(`{`) }, "its payload is not JSON"},
		{"too much JSON", func(l *chat.Later) {
			l.Payload = json.RawMessage(`"` + strings.Repeat("x", chat.MaxTimerPayload) + `"`)
		}, "its payload has 16386 bytes"},
		{"cancelled at a time", func(l *chat.Later) { l.Cancel, l.Payload = true, nil }, "what is cancelled has no time, payload or sender"},
		{"cancelled", func(l *chat.Later) { l.Cancel, l.After, l.Payload = true, 0, nil }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := good
			c.edit(&l)
			err := l.Validate()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// What was said last of a name and key is what counts, in the order in which it
// was said.
func TestTheLastWordOnATimerCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var timers chat.Timers
		var want []chat.Later
		for range rapid.IntRange(0, 20).Draw(t, "n") {
			l := chat.Later{
				Name: chat.TriggerName(rapid.SampledFrom([]string{"a", "b", "a/b"}).Draw(t, "name")), Key: rapid.SampledFrom([]string{"", "b", "c"}).Draw(t, "key"),
				After: chat.Duration(rapid.IntRange(1, 9).Draw(t, "after")),
			}
			timers.Add(l)
			want = append(slices.DeleteFunc(want, func(x chat.Later) bool { return x.Name == l.Name && x.Key == l.Key }), l)
		}
		got := timers.List()
		if !slices.EqualFunc(got, want, func(a, b chat.Later) bool { return a.Name == b.Name && a.Key == b.Key && a.After == b.After }) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
	var timers chat.Timers
	timers.Add(chat.Later{Name: "a", Payload: []byte(`1`)})
	timers.List()[0].Payload[0] = '2'
	if got := string(timers.List()[0].Payload); got != "1" {
		t.Errorf("a copy is not one: %s", got)
	}
	if got := (*chat.Timers)(nil).List(); len(got) > 0 {
		t.Errorf("none at all are %v", got)
	}
}

func TestATimerIsWrittenWithItsTimeInWords(t *testing.T) {
	b, err := json.Marshal([]chat.Later{{Name: "closes", After: chat.Duration(90 * time.Second), Payload: json.RawMessage(`{"id":7}`)}, {Name: "closes", Key: "q7", Cancel: true}})
	if want := `[{"name":"closes","after":"1m30s","payload":{"id":7}},{"name":"closes","key":"q7","cancel":true}]`; err != nil || string(b) != want {
		t.Errorf("%s, %v\nwant %s", b, err, want)
	}
	var back []chat.Later
	if err := json.Unmarshal(b, &back); err != nil || back[0].After != chat.Duration(90*time.Second) || !back[1].Cancel {
		t.Errorf("read again: %+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"name":"closes","after":-1}`), &back[0]); err == nil {
		t.Error("a number is no length of time")
	}
}
