package chat_test

import (
	"encoding"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

func TestIDsComeBackFromTheirTextAndRefuseEachOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, math.MaxInt64).Draw(t, "n")
		var (
			e chat.EventID
			m chat.MessageID
			d chat.DeliveryID
		)
		for _, c := range []struct {
			text string
			into encoding.TextUnmarshaler
			n    func() int64
		}{
			{chat.EventID(n).String(), &e, func() int64 { return int64(e) }},
			{chat.MessageID(n).String(), &m, func() int64 { return int64(m) }},
			{chat.DeliveryID(n).String(), &d, func() int64 { return int64(d) }},
		} {
			e, m, d = 0, 0, 0
			if err := c.into.UnmarshalText([]byte(c.text)); err != nil || c.n() != n {
				t.Fatalf("%s came back as %d (%v)", c.text, c.n(), err)
			}
			for _, other := range []encoding.TextUnmarshaler{&e, &m, &d} {
				if err := other.UnmarshalText([]byte(c.text)); other != c.into && err == nil {
					t.Fatalf("%s was taken for a %T", c.text, other)
				}
			}
		}
	})
}

func TestIDsAreTextInJSON(t *testing.T) {
	type ids struct {
		E chat.EventID
		M chat.MessageID
		D chat.DeliveryID
		K map[chat.EventID]int
	}
	was := ids{17, 18, 19, map[chat.EventID]int{20: 1}}
	b, err := json.Marshal(was)
	if want := `{"E":"e17","M":"m18","D":"d19","K":{"e20":1}}`; err != nil || string(b) != want {
		t.Fatalf("written as %s (%v)", b, err)
	}
	var back ids
	if err := json.Unmarshal(b, &back); err != nil || back.E != 17 || back.M != 18 || back.D != 19 || back.K[20] != 1 {
		t.Errorf("%s came back as %+v (%v)", b, back, err)
	}
}

func TestWhatIsNoIDIsRefusedAndChangesNothing(t *testing.T) {
	for _, s := range []string{
		"", "e", "17", "E17", "m17", "e0", "e-1", "e+1", "e01", "e 1", "e1 ", " e1", "e1.0", "e1_0", "e0x1", "ee1", "e1e",
		"e9223372036854775808", "e" + strings.Repeat("9", 100), "e١", "e1\n", "\xff1",
	} {
		t.Run(strconv.Quote(s), func(t *testing.T) {
			id := chat.EventID(5)
			if err := id.UnmarshalText([]byte(s)); err == nil || id != 5 {
				t.Errorf("read as %v (%v)", id, err)
			}
			if id, err := chat.ParseEventID(s); err == nil {
				t.Errorf("parsed as %v", id)
			} else if len(err.Error()) > 250 {
				t.Errorf("the error repeats what it was given at length: %d bytes", len(err.Error()))
			}
		})
	}
}

func TestARefusedIDIsToldWithItsArticle(t *testing.T) {
	_, event := chat.ParseEventID("17")
	_, delivery := chat.ParseDeliveryID("17")
	if got, want := event.Error(), `"17" is not the id of an event, which looks like e17`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := delivery.Error(), `"17" is not the id of a delivery, which looks like d17`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAUserIDIsBoundedInBytesAndUTF8(t *testing.T) {
	for id, ok := range map[chat.UserID]bool{
		"ann":                                true,
		"@RBT#001":                           true,
		"小红":                                 true,
		chat.UserID(strings.Repeat("u", 32)): true,
		chat.UserID(strings.Repeat("u", 33)): false,
		chat.UserID(strings.Repeat("小", 11)): false, // 33 bytes, 11 letters
		"":                                   false,
		"a\xffb":                             false,
		chat.UserID("\xed\xa0\x80"):          false, // half of a surrogate pair
		chat.UserID(strings.Repeat("u", 1_000_000)):  false,
		chat.UserID(strings.Repeat("\xff", 100_000)): false,
	} {
		err := id.Validate()
		if (err == nil) != ok {
			t.Errorf("%.40q: %v", id, err)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("the error about %.40q has %d bytes", id, len(err.Error()))
		}
	}
}
