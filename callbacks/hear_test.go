package callbacks

import (
	"testing"

	"github.com/botd-chat/botd/chat"
)

func TestWhatEverybodySeesIsTaken(t *testing.T) {
	s := newStage(t, holding(), open("helped", "help"), rule("all", func(r *Rule) { r.Bot, r.Via, r.Any = "second", chat.ViaGroup, true }),
		rule("admins", func(r *Rule) { r.Via, r.Commands, r.Roles = chat.ViaGroup, []string{"help"}, []chat.Role{chat.Admin} }))
	for _, b := range []map[string]any{
		said(BeforeGroupMessage, "carol", "/help"), // it may still be refused by others
		said(AfterGroupMessage, "carol", "/help"),
		said(AfterGroupMessage, "bob", "/HELP me", "Random", 78, "MsgSeq", 42),
		said(AfterGroupMessage, "carol", "/answer B", "MsgSeq", 43), // which is for whoever watches for leaks
		said(AfterGroupMessage, "carol", "/anwser B", "MsgSeq", 44),
		said("Group.CallbackSendMsgException", "carol", "/help"),
		said(AfterGroupMessage, "carol", "/help", "GroupId", "@TGS#2OTHER", "MsgSeq", 45),
	} {
		s.want(t, s.tell(b), okAnswer)
	}
	var names []string
	for _, k := range s.sink.taken {
		names = append(names, k.names())
	}
	if len(names) != 2 || names[0] != "helped all" || names[1] != "helped admins all" && names[1] != "helped all admins" {
		t.Errorf("%q", names)
	}
	if got := s.sink.shown; len(got) != 4 || got[0] != 41 || got[1] != 42 || got[2] != 43 || got[3] != 44 {
		t.Errorf("shown %v", got)
	}
	if len(s.sink.held) != 0 {
		t.Errorf("held %v", s.sink.held)
	}
}

func TestARobotIsNamed(t *testing.T) {
	named := rule("named", func(r *Rule) { r.Via, r.Any, r.Account = chat.ViaMention, true, "@RBT#001" })
	s := newStage(t, named, holding(), rule("other", func(r *Rule) { r.Bot, r.Via, r.Any, r.Account = "second", chat.ViaMention, true, "@RBT#002" }))
	s.want(t, s.tell(said(RobotInGroup, "carol", "@Quiz hi", "AtRobots_Account", []string{"@RBT#001", "@RBT#009"})), okAnswer)
	s.want(t, s.tell(said(RobotInGroup, "carol", "@Else hi", "AtRobots_Account", []string{"@RBT#009"})), okAnswer)
	s.want(t, s.tell(said(RobotInGroup, "carol", "@Quiz /answer B", "AtRobots_Account", []string{"@RBT#001"})), okAnswer)
	if len(s.sink.taken) != 1 || s.sink.taken[0].names() != "named" || s.sink.taken[0].callback.Message.Via != chat.ViaMention {
		t.Errorf("%+v", s.sink.taken)
	}
}

func TestWhatIsWrittenToTheBotAlone(t *testing.T) {
	s := newStage(t, rule("private", func(r *Rule) { r.Via, r.Commands, r.Account = chat.ViaDirect, []string{"answer"}, "quizbot" }))
	direct := func(command, to, text string, more ...any) map[string]any {
		b := said(command, "carol", text, append([]any{"To_Account", to, "MsgKey", "1_2_3"}, more...)...)
		delete(b, "GroupId")
		return b
	}
	for _, b := range []map[string]any{
		direct("C2C.CallbackBeforeSendMsg", "quizbot", "/answer B"), direct(AfterDirectMessage, "quizbot", "/answer B"), direct(RobotDirect, "quizbot", "/answer B"),
		direct(AfterDirectMessage, "quizbot", "hello"), direct(AfterDirectMessage, "dave", "/answer B"), direct(AfterDirectMessage, "quizbot", "/answer B", "SendMsgResult", 20006),
	} {
		s.want(t, s.tell(b), okAnswer)
	}
	if len(s.sink.taken) != 2 || s.sink.taken[0].callback.Key("") != s.sink.taken[1].callback.Key("") || s.sink.taken[0].callback.Message.Via != chat.ViaDirect {
		t.Errorf("%+v", s.sink.taken)
	}
}

func TestChangesAgeAndAreTakenWhereSomethingWaits(t *testing.T) {
	s := newStage(t, rule("joined", func(r *Rule) { r.What = chat.MemberJoined }), rule("role", func(r *Rule) { r.What = chat.RoleChanged }))
	for _, c := range samples {
		command := fieldsOf([]byte(c.body)).text("CallbackCommand")
		s.want(t, s.post(s.query(command), c.body).Body.String(), okAnswer)
	}
	var names []string
	for _, k := range s.sink.taken {
		names = append(names, k.names()+" "+k.callback.Command)
	}
	if len(names) != 4 || names[0] != "joined "+MemberJoined || names[1] != "role "+MemberChanged || names[2] != "role "+OwnerChanged {
		t.Errorf("%q", names)
	}
	if n := len(s.sink.changed); n != 8 {
		t.Errorf("%d changes", n)
	}
}
