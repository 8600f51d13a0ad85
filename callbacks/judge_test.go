package callbacks

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

// verdicts are what becomes of a text in a group that holds /answer and /guess of members,
// and opens /help and /answers.
var verdicts = []struct {
	name, from, text string
	held             bool
	near             bool
	becomes          string // the text, where it is not what was written
}{
	{name: "the command", text: "/answer B", held: true},
	{name: "in capitals", text: "/ANSWER B", held: true},
	{name: "alone", text: "/answer", held: true},
	{name: "with a wide slash", text: "／answer B", held: true},
	{name: "with blanks around", text: "  /answer B \n", held: true},
	{name: "in two lines", text: "/answer\nB", held: true},
	{name: "the other command", text: "/guess 7", held: true},
	{name: "no command", text: "what is the answer?"},
	{name: "not at the beginning", text: "type /answer B to play"},
	{name: "a path", text: "/usr/bin/answer"},
	{name: "a number", text: "/42"},
	{name: "an open command", text: "/help"},
	{name: "an open command that is nearly the other", text: "/answers"},
	{name: "an open command in disguise", text: "\u200b/answers"},
	{name: "far from it", text: "/weather"},
	{name: "a slash", text: "/"},
	{name: "nothing", text: ""},
	{name: "by the owner", from: "alice", text: "/answer B"},
	{name: "nearly, by the owner", from: "alice", text: "/anwser B"},
	{name: "by somebody whom nobody has read", from: "zoe", text: "/answer B", held: true},

	{name: "behind a zero width space", text: "\u200b/answer B", held: true, becomes: "/answer B"},
	{name: "behind a byte order mark", text: "\ufeff/answer B", held: true, becomes: "/answer B"},
	{name: "behind marks of direction", text: "\u200f\u202e\u2066 /answer B", held: true, becomes: "/answer B"},
	{name: "behind a filler", text: "\u3164/answer B", held: true, becomes: "/answer B"},
	{name: "with something invisible in it", text: "/an\u00adsw\u200ber B", held: true, becomes: "/answer B"},
	{name: "in letters of full width", text: "／ＡＮＳＷＥＲ　B", held: true, becomes: "/answer B"},
	{name: "in bold letters", text: "/𝐚𝐧𝐬𝐰𝐞𝐫 B", held: true, becomes: "/answer B"},
	{name: "with another slash", text: "∕answer B", held: true, becomes: "/answer B"},
	{name: "with the wrong slash", text: `\answer B`, held: true, becomes: "/answer B"},
	{name: "with two", text: "//answer B", held: true, becomes: "/answer B"},
	{name: "with a blank after it", text: "/ answer B", held: true, becomes: "/answer B"},
	{name: "behind a mention", text: "@Quiz /answer B", held: true, becomes: "/answer B"},
	{name: "behind two", text: "@Quiz @bob\u2005/answer B", held: true, becomes: "/answer B"},
	{name: "with a colon", text: "/answer: B", held: true, becomes: "/answer : B"},

	{name: "misspelt", text: "/anwser B", held: true, near: true},
	{name: "misspelt twice", text: "/ansver B", held: true, near: true},
	{name: "misspelt and wide", text: "／ＡＮＳＥＲ B", held: true, near: true},
	{name: "run together", text: "/answerB", held: true, near: true},
	{name: "run together with more", text: "/answer1234", held: true, near: true},
	{name: "a letter of another script", text: "/аnswer B", held: true, near: true},
	{name: "misspelt, the other", text: "/gues 7", held: true, near: true},
	{name: "a mention and nothing", text: "@Quiz hello"},
}

func members(r Rule) Rule {
	r.Roles = []chat.Role{chat.Normal}
	return r
}

func guessing() Rule {
	g := members(holding())
	g.Trigger, g.Commands = "guessed", []string{"guess"}
	return g
}

func TestWhatIsHeld(t *testing.T) {
	s := newStage(t, members(holding()), guessing(), open("helped", "help"), open("told", "Answers"))
	for _, c := range verdicts {
		t.Run(c.name, func(t *testing.T) {
			if c.from == "" {
				c.from = "carol"
			}
			s.sink.held = nil
			s.caps = caps{}
			want := okAnswer
			if c.held {
				want = discardAnswer
			}
			s.want(t, s.tell(said(BeforeGroupMessage, c.from, c.text)), want)
			if !c.held {
				if len(s.sink.held) > 0 {
					t.Errorf("kept %+v", s.sink.held)
				}
				return
			}
			if len(s.sink.held) != 1 || len(s.sink.held[0].rules) != 1 {
				t.Fatalf("kept %+v", s.sink.held)
			}
			k := s.sink.held[0]
			if c.becomes == "" {
				c.becomes = c.text
			}
			if k.rules[0].Near != c.near || k.callback.Message.Text != c.becomes {
				t.Errorf("near: %v, %q", k.rules[0].Near, k.callback.Message.Text)
			}
			if string(k.callback.Message.Elements) != jsonOf([]any{textOf(c.text)}) {
				t.Errorf("%s", k.callback.Message.Elements)
			}
			// What the history says of it is judged alike.
			leak, rules := s.Leaked(Callback{App: "main", Group: room1, Message: &Message{Via: chat.ViaGroup, From: chat.UserID(c.from), Text: c.text, Random: 77}}, func(u chat.UserID) (chat.Role, bool) {
				r, ok := roles[u]
				return r, ok
			})
			if len(rules) != 1 || rules[0].Trigger != k.rules[0].Trigger || rules[0].Near != c.near || leak.Message.Text != c.becomes {
				t.Errorf("as a leak: %+v %q", rules, leak.Message.Text)
			}
		})
	}
}

func TestSeveralElementsAreOneText(t *testing.T) {
	s := newStage(t, holding())
	face := map[string]any{"MsgType": "TIMFaceElem", "MsgContent": map[string]any{"Index": 2, "Data": "/answer"}}
	for name, c := range map[string]struct {
		elements []any
		want     string
	}{
		"a command after a face":       {[]any{face, textOf("/answer B")}, discardAnswer},
		"a command and its rest":       {[]any{textOf("/answer"), face, textOf("B")}, discardAnswer},
		"a command in two pieces":      {[]any{textOf("/ans"), textOf("wer B")}, discardAnswer},
		"a command after another text": {[]any{textOf("hello"), textOf("/answer B")}, discardAnswer},
		"no text":                      {[]any{face}, okAnswer},
		"no element":                   {[]any{}, okAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			s.want(t, s.tell(said(BeforeGroupMessage, "carol", "", "MsgBody", c.elements)), c.want)
		})
	}
}

func TestPatternsAnyAndSeveralRules(t *testing.T) {
	card := rule("card", func(r *Rule) { r.Via, r.Pattern, r.Hold = chat.ViaGroup, regexp.MustCompile(`\d{4} \d{4}`), true })
	image := []any{map[string]any{"MsgType": "TIMImageElem", "MsgContent": map[string]any{"UUID": "x"}}}
	s := newStage(t, card, holding(), rule("second", func(r *Rule) { r.Bot, r.Via, r.Commands, r.Hold = "second", chat.ViaGroup, []string{"answer"}, true }))
	s.want(t, s.tell(said(BeforeGroupMessage, "carol", "my card is 1234 5678")), discardAnswer)
	s.want(t, s.tell(said(BeforeGroupMessage, "carol", "/answer 1234 5678")), discardAnswer)
	s.want(t, s.tell(said(BeforeGroupMessage, "carol", "", "MsgBody", image)), okAnswer)
	if len(s.sink.held) != 2 || s.sink.held[0].names() != "card" || s.sink.held[1].names() != "card typed second" {
		t.Errorf("%+v", s.sink.held)
	}
	all := newStage(t, rule("all", func(r *Rule) { r.Via, r.Any, r.Hold, r.Roles = chat.ViaGroup, true, true, []chat.Role{chat.Normal} }))
	all.want(t, all.tell(said(BeforeGroupMessage, "carol", "", "MsgBody", image)), discardAnswer)
	all.want(t, all.tell(said(BeforeGroupMessage, "bob", "hello")), okAnswer)
	all.want(t, all.tell(said(BeforeGroupMessage, "carol", "hello", "GroupId", "@TGS#2OTHER")), okAnswer)
	all.want(t, all.tell(said(BeforeGroupMessage, "nobody", "hello")), `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":2}`)
}

// Whatever else a text is, one that is the command is held.
func TestACommandIsHeldWhateverElseStandsThere(t *testing.T) {
	s := newStage(t, members(holding()), guessing(), open("helped", "help"), open("told", "answers"))
	g := s.site.Load().desks["main"].rooms[room1]
	carol := func(chat.UserID) (chat.Role, bool) { return chat.Normal, true }
	rapid.Check(t, func(t *rapid.T) {
		command := rapid.SampledFrom([]string{"answer", "Answer", "ANSWER", "anſwer", "guess", "GueSS"}).Draw(t, "command")
		slash := rapid.SampledFrom([]string{"/", "／"}).Draw(t, "slash")
		before := rapid.StringOfN(rapid.RuneFrom([]rune(" \t\n\u2003\u3000\u200b\ufeff\u200f")), 0, 5, -1).Draw(t, "before")
		rest := rapid.String().Draw(t, "rest")
		text := before + slash + command + rapid.SampledFrom([]string{"", " ", "\n", "\u3000"}).Draw(t, "blank") + rest
		name, _, ok := chat.CommandIn(strings.TrimLeft(text, " \t\n\u2003\u3000\u200b\ufeff\u200f"))
		is := ok && (strings.EqualFold(name, "answer") || strings.EqualFold(name, "guess"))
		v := g.judge(Message{From: "carol", Text: text, Elements: encoded([]any{textOf(text)})}, carol)
		if is && len(v.hold) == 0 {
			t.Fatalf("%q is shown", text)
		}
		if ok && strings.EqualFold(name, "answers") && len(v.hold) > 0 {
			t.Fatalf("%q is held", text)
		}
	})
}
