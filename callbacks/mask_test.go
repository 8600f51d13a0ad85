package callbacks

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

func TestWordsAreReplacedWhereTheyStandForThemselves(t *testing.T) {
	m := (&Mask{Words: []string{"damn", "damn fool", "笨蛋", "c++", "été"}, Patterns: []*regexp.Regexp{regexp.MustCompile(`\d{16}`)}, With: "***"}).compiled()
	for text, want := range map[string]string{
		"damn":                              "***",
		"Damn! DAMN?":                       "***! ***?",
		"damned, goddamn, damn_it, damn1":   "damned, goddamn, damn_it, damn1",
		"damndamn damn":                     "damndamn ***",
		"you damn fool":                     "you ***",
		"a damn fools' game":                "a *** fools' game",
		"你是笨蛋吗":                             "你是***吗",
		"I like c++.":                       "I like ***.",
		"L'ÉTÉ":                             "L'***",
		"étés":                              "étés",
		"card 1234567890123456.":            "card ***.",
		"damn\ndamn":                        "***\n***",
		"":                                  "",
		"$1 \\0 nothing here":               "$1 \\0 nothing here",
		"da\u200bmn, D\u00adAM\u2060N":      "***, ***",
		"\u200bdamn\ufeff fo\u200dol\ufe0f": "\u200b***\ufe0f",
		"你是笨\u034f蛋吗":                       "你是***吗",
		"da\u200bmned":                      "da\u200bmned",
		"da mn, da\nmn \u200b":              "da mn, da\nmn \u200b",
		"\xc5\xbfdamn":                      "\xc5\xbfdamn",
		"dåmn 123456789012345 is no match":  "dåmn 123456789012345 is no match",
	} {
		if got := m.clean(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	nothing := (&Mask{Words: []string{"damn"}}).compiled()
	if got := nothing.clean("damn"); got != "***" {
		t.Errorf("%q, and the service refuses an empty text", got)
	}
	if got := (&Mask{Words: []string{"a"}, With: "$0a"}).compiled().clean("a a"); got != "$0a $0a" {
		t.Errorf("%q", got)
	}
}

// Whatever a text looks like without what nobody sees, that is what is masked.
func TestEachCharacterThatNobodySeesIsSeenThrough(t *testing.T) {
	re := regexp.MustCompile("^" + unseen + "$")
	for r := range rune(utf8.MaxRune + 1) {
		if utf8.ValidRune(r) && visible(r) < 0 && !re.MatchString(string(r)) {
			t.Fatalf("%U takes no room, and hides a word", r)
		}
		if utf8.ValidRune(r) && re.MatchString(string(r)) && visible(r) == r && unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z) {
			t.Fatalf("%U can be seen", r)
		}
	}
}

func masking(name chat.TriggerName, with string, words ...string) Rule {
	return rule(name, func(r *Rule) { r.Via, r.Any, r.Mask = chat.ViaGroup, true, &Mask{Words: words, With: with} })
}

func TestTheGroupSeesItMaskedAndTheBotWhatWasWritten(t *testing.T) {
	admins := masking("of members", "#", "fool")
	admins.Roles = []chat.Role{chat.Normal}
	s := newStage(t, masking("first", "***", "damn"), admins, masking("unused", "?", "blast"))
	elements := []any{textOf("Damn <you> & fool"), json.RawMessage(`{"MsgType":"TIMCustomElem",  "MsgContent":{"Data":"damn","n":1.0e2}}`), json.RawMessage(`{ "MsgType":"TIMTextElem","MsgContent":{"Text":"fine \u003c"}}`),
		json.RawMessage(`{"MsgType":"TIMTextElem","Future":[1],"MsgContent":{"Text":"fool","Style":"b"}}`)}
	body := jsonOf(said(BeforeGroupMessage, "carol", "", "MsgBody", elements))
	body = strings.Replace(body, `{"MsgType":"TIMCustomElem","MsgContent"`, `{"MsgType":"TIMCustomElem",  "MsgContent"`, 1) // which the encoder has tidied
	w := s.post(s.query(BeforeGroupMessage), body)
	s.want(t, w.Body.String(), `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"MsgBody":[{"MsgContent":{"Text":"*** <you> & #"},"MsgType":"TIMTextElem"},{"MsgType":"TIMCustomElem",  "MsgContent":{"Data":"damn","n":1.0e2}},{"MsgType":"TIMTextElem","MsgContent":{"Text":"fine \u003c"}},{"Future":[1],"MsgContent":{"Style":"b","Text":"#"},"MsgType":"TIMTextElem"}]}`)
	if len(s.sink.held) != 1 || s.sink.held[0].names() != "first of members" || s.sink.held[0].callback.Message.Text != "Damn <you> & fool\nfine <\nfool" || s.sink.held[0].by.IsZero() {
		t.Errorf("%+v", s.sink.held)
	}
	if s.saw.of("judged first masked") != 1 || s.saw.of("judged unused masked") != 0 {
		t.Errorf("%v", s.saw.n)
	}
	s.want(t, s.tell(said(BeforeGroupMessage, "alice", "fool")), okAnswer)
	s.want(t, s.tell(said(BeforeGroupMessage, "nobody", "fool")), `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"MsgBody":[{"MsgContent":{"Text":"#"},"MsgType":"TIMTextElem"}]}`)
	s.want(t, s.tell(said(BeforeGroupMessage, "carol", "nothing bad")), okAnswer)
	// What everybody has seen masked makes no event again.
	s.want(t, s.tell(said(AfterGroupMessage, "carol", "*** fool")), okAnswer)
	if len(s.sink.taken) != 0 || len(s.sink.held) != 2 {
		t.Errorf("%+v %+v", s.sink.taken, s.sink.held)
	}
}

func TestWhatCannotBeMaskedOrKeptIsNotShown(t *testing.T) {
	s := newStage(t, masking("first", strings.Repeat("x", 500), "damn"))
	s.want(t, s.tell(said(BeforeGroupMessage, "carol", strings.Repeat("damn ", 30))), `{"ActionStatus":"OK","ErrorInfo":"`+tooLong+`","ErrorCode":10101}`)
	if len(s.sink.held) != 0 {
		t.Errorf("%+v", s.sink.held)
	}
	s = newStage(t, masking("first", "***", "damn"))
	s.sink.hold = failing(errors.New("the disk is full"))
	s.want(t, s.tell(said(BeforeGroupMessage, "carol", "damn")), `{"ActionStatus":"OK","ErrorInfo":"`+tryAgain+`","ErrorCode":10101}`)
	s.want(t, s.tell(said(BeforeGroupMessage, "carol", "nothing bad")), okAnswer)
}

func TestHoldingGoesBeforeMasking(t *testing.T) {
	s := newStage(t, masking("first", "***", "damn"), holding())
	s.want(t, s.tell(said(BeforeGroupMessage, "carol", "/answer damn")), discardAnswer)
	if len(s.sink.held) != 1 || s.sink.held[0].names() != "typed" || s.sink.held[0].callback.Message.Text != "/answer damn" {
		t.Errorf("%+v", s.sink.held)
	}
}

func TestAMaskLeavesNoWordAndAllElse(t *testing.T) {
	m := (&Mask{Words: []string{"damn", "笨蛋"}, With: "***"}).compiled()
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOf(rapid.SampledFrom([]string{"damn", "Damn", "笨蛋", " ", "x", "é", "!", "ing", "\n", "好"})).Draw(t, "pieces")
		text := strings.Join(pieces, "")
		clean := m.clean(text)
		if !utf8.ValidString(clean) || strings.Contains(clean, "笨蛋") {
			t.Fatalf("%q becomes %q", text, clean)
		}
		for _, word := range strings.FieldsFunc(clean, func(r rune) bool { return !inWord(r) }) {
			if strings.EqualFold(word, "damn") {
				t.Fatalf("%q becomes %q", text, clean)
			}
		}
		if m.clean(clean) != clean {
			t.Fatalf("%q becomes %q, and that something else", text, clean)
		}
	})
}
