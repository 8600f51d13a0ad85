package callbacks

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// samples are of the service's documents, with other values, and what botd makes of them.
var samples = []struct {
	name, body string
	message    *Message
	change     *Change
	group      chat.GroupID
	at         int64
}{
	{name: "after a message", group: room1, at: 1767225590123,
		body:    `{"CallbackCommand":"Group.CallbackAfterSendMsg","GroupId":"@TGS#2QUIZROOM1","Type":"Public","From_Account":"carol","Operator_Account":"carol","Random":77,"MsgId":"144115200000000000-1767225590-77","MsgSeq":41,"MsgTime":1767225590,"OnlineOnlyFlag":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"B"}}],"CloudCustomData":"","EventTime":1767225590123}`,
		message: &Message{Via: chat.ViaGroup, From: "carol", Operator: "carol", Random: 77, Seq: 41, Time: time.Unix(1767225590, 0), Text: "B"}},
	{name: "before one, with several elements and a time in quotes", group: room1, at: 1767225590123,
		body:    `{"CallbackCommand":"Group.CallbackBeforeSendMsg","GroupId":"@TGS#2QUIZROOM1","Type":"Public","From_Account":"carol","Operator_Account":"carol","Random":4294967295,"OnlineOnlyFlag":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"one"}},{"MsgType":"TIMFaceElem","MsgContent":{"Index":2,"Data":"star"}},{"MsgType":"TIMTextElem","MsgContent":{"Text":"two"}}],"CloudCustomData":"x","EventTime":"1767225590123"}`,
		message: &Message{Via: chat.ViaGroup, From: "carol", Operator: "carol", Random: 4294967295, Text: "one\ntwo", Mark: "x"}},
	{name: "one that was dropped", group: room1,
		body:    `{"CallbackCommand":"Group.CallbackSendMsgException","GroupId":"@TGS#2QUIZROOM1","From_Account":"carol","Random":1,"MsgBody":[],"ErrorCode":10023,"ErrorInfo":"freq"}`,
		message: &Message{Via: chat.ViaGroup, From: "carol", Random: 1}},
	{name: "a robot is named", group: room1, at: 1767225602111,
		body:    `{"CallbackCommand":"Bot.OnGroupMessage","GroupId":"@TGS#2QUIZROOM1","Type":"Public","From_Account":"carol","Operator_Account":"carol","Random":99,"MsgSeq":43,"MsgTime":1767225602,"OnlineOnlyFlag":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"@Quiz B"}}],"AtRobots_Account":["@RBT#001"],"CloudCustomData":"","EventTime":1767225602111}`,
		message: &Message{Via: chat.ViaMention, From: "carol", Operator: "carol", Random: 99, Seq: 43, Time: time.Unix(1767225602, 0), Text: "@Quiz B", Robots: []chat.UserID{"@RBT#001"}}},
	{name: "one to one",
		body:    `{"CallbackCommand":"C2C.CallbackAfterSendMsg","From_Account":"carol","To_Account":"quizbot","MsgSeq":52011,"MsgRandom":9041177,"MsgTime":1767225601,"MsgKey":"52011_9041177_1767225601","OnlineOnlyFlag":0,"SendMsgResult":0,"ErrorInfo":"send msg succeed","UnreadMsgNum":3,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"/answer B"}}],"CloudCustomData":""}`,
		message: &Message{Via: chat.ViaDirect, From: "carol", To: "quizbot", Random: 9041177, Key: "52011_9041177_1767225601", Time: time.Unix(1767225601, 0), Text: "/answer B"}},
	{name: "one to one, without the key",
		body:    `{"CallbackCommand":"Bot.OnC2CMessage","From_Account":"carol","To_Account":"@RBT#001","MsgSeq":52011,"MsgRandom":9041177,"MsgTime":1767225601,"MsgBody":[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"x"}}]}`,
		message: &Message{Via: chat.ViaDirect, From: "carol", To: "@RBT#001", Random: 9041177, Key: "52011_9041177_1767225601", Time: time.Unix(1767225601, 0)}},
	{name: "one to one, not delivered",
		body: `{"CallbackCommand":"C2C.CallbackAfterSendMsg","From_Account":"carol","To_Account":"quizbot","MsgSeq":1,"MsgRandom":2,"MsgTime":3,"MsgKey":"1_2_3","SendMsgResult":20006,"ErrorInfo":"refused","UnreadMsgNum":-1,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}]}`},
	{name: "members who join", group: room1, at: 1767225600456,
		body:   `{"CallbackCommand":"Group.CallbackAfterNewMemberJoin","GroupId":"@TGS#2QUIZROOM1","Type":"Public","JoinType":"Invited","Operator_Account":"alice","NewMemberList":[{"Member_Account":"erin"},{"Member_Account":"frank"}],"EventTime":1767225600456}`,
		change: &Change{What: chat.MemberJoined, Users: []chat.UserID{"erin", "frank"}, By: "alice", How: "Invited"}},
	{name: "a member who leaves", group: room1, at: 1767225600456,
		body:   `{"CallbackCommand":"Group.CallbackAfterMemberExit","GroupId":"@TGS#2QUIZROOM1","Type":"Public","ExitType":"Kicked","Operator_Account":"alice","ExitMemberList":[{"Member_Account":"carol"}],"EventTime":1767225600456}`,
		change: &Change{What: chat.MemberLeft, Users: []chat.UserID{"carol"}, By: "alice", How: "Kicked"}},
	{name: "another role", group: room1, at: 1767225600456,
		body:   `{"CallbackCommand":"Group.CallbackAfterMemberFieldChanged","GroupId":"@TGS#2QUIZROOM1","Type":"Public","Operator_Account":"alice","Modified_Account":"bob","Role":"Member","EventTime":1767225600456}`,
		change: &Change{What: chat.RoleChanged, Users: []chat.UserID{"bob"}, By: "alice"}},
	{name: "another name card", group: room1, at: 1767225600456,
		body: `{"CallbackCommand":"Group.CallbackAfterMemberFieldChanged","GroupId":"@TGS#2QUIZROOM1","Type":"Public","Operator_Account":"bob","Modified_Account":"bob","NameCard":"Bob","EventTime":1767225600456}`},
	{name: "another owner", group: room1, at: 1767225600456,
		body:   `{"CallbackCommand":"Group.CallbackAfterChangeGroupOwner","GroupId":"@TGS#2QUIZROOM1","Type":"Public","Operator_Account":"alice","OldOwner_Account":"alice","NewOwner_Account":"bob","EventTime":"1767225600456"}`,
		change: &Change{What: chat.RoleChanged, Users: []chat.UserID{"bob", "alice"}, By: "alice"}},
	{name: "an owner after none", group: room1, at: 1,
		body:   `{"CallbackCommand":"Group.CallbackAfterChangeGroupOwner","GroupId":"@TGS#2QUIZROOM1","NewOwner_Account":"bob","EventTime":1}`,
		change: &Change{What: chat.RoleChanged, Users: []chat.UserID{"bob"}}},
	{name: "the end of a group", group: room1, at: 1767225600456,
		body:   `{"CallbackCommand":"Group.CallbackAfterGroupDestroyed","GroupId":"@TGS#2QUIZROOM1","Type":"Public","Owner_Account":"alice","Name":"Quiz","MemberList":[{"Member_Account":"alice"}],"EventTime":1767225600456}`,
		change: &Change{What: chat.GroupDestroyed}},
	{name: "a new group", group: room1, at: 1767225600456,
		body: `{"CallbackCommand":"Group.CallbackAfterCreateGroup","GroupId":"@TGS#2QUIZROOM1","Operator_Account":"alice","Owner_Account":"alice","Type":"Public","Name":"Quiz","MemberList":[{"Member_Account":"alice"}],"UserDefinedDataList":[{"Key":"k","Value":"v"}],"EventTime":1767225600456}`},
	{name: "one that is wanted", body: `{"CallbackCommand":"Group.CallbackBeforeCreateGroup","Operator_Account":"alice","Owner_Account":"alice","Type":"Public","Name":"Quiz","CreateGroupNum":1,"MemberList":[]}`},
	{name: "somebody wants to join", group: room1, body: `{"CallbackCommand":"Group.CallbackBeforeApplyJoinGroup","GroupId":"@TGS#2QUIZROOM1","Type":"Public","Requestor_Account":"erin"}`},
	{name: "a group that is full", group: room1, at: 1, body: `{"CallbackCommand":"Group.CallbackAfterGroupFull","GroupId":"@TGS#2QUIZROOM1","EventTime":1}`},
	{name: "one that is called otherwise", group: room1, at: 1, body: `{"CallbackCommand":"Group.CallbackAfterGroupInfoChanged","GroupId":"@TGS#2QUIZROOM1","Type":"Public","Operator_Account":"alice","Notification":"new","EventTime":1}`},
	{name: "one taken back", group: room1, at: 1, body: `{"CallbackCommand":"Group.CallbackAfterRecallMsg","Operator_Account":"alice","Type":"Public","GroupId":"@TGS#2QUIZROOM1","MsgSeqList":[{"MsgSeq":41}],"TopicId":"","EventTime":1}`},
	{name: "somebody comes online", at: 1767225600789, body: `{"CallbackCommand":"State.StateChange","EventTime":1767225600789,"Info":{"Action":"Login","To_Account":"bob","Reason":"Register"},"KickedDevice":[{"Platform":"Windows"}]}`},
	{name: "too many calls", body: `{"CallbackCommand":"Alert.RequestOverLimit","ServiceName":"group_open_http_svc","Command":"send_group_msg","Request":170,"Limit":200}`},
	{name: "what nobody knows", body: `{"CallbackCommand":"Moon.OnRise","Phase":"full","GroupId":null}`},
}

func TestTheSamplesAreDecoded(t *testing.T) {
	for _, c := range samples {
		t.Run(c.name, func(t *testing.T) {
			got := Callback{Command: fieldsOf([]byte(c.body)).text("CallbackCommand")}
			if err := got.decode([]byte(c.body)); err != nil {
				t.Fatal(err)
			}
			if m := got.Message; m != nil {
				if len(m.Elements) == 0 {
					t.Error("no elements")
				}
				own := *m
				own.Elements = nil
				got.Message = &own
			}
			if !reflect.DeepEqual(got.Message, c.message) || !reflect.DeepEqual(got.Change, c.change) {
				t.Errorf("%+v %+v", got.Message, got.Change)
			}
			if at := got.At; got.Group != c.group || !at.IsZero() && at.UnixMilli() != c.at || at.IsZero() && c.at != 0 || string(got.Body) != c.body {
				t.Errorf("%q %v", got.Group, got.At)
			}
		})
	}
}

func TestEachDocumentedCommandIsAnsweredOKWhereNothingWaitsForIt(t *testing.T) {
	s := newStage(t)
	for command := range decoders {
		body := map[string]any{"CallbackCommand": command, "GroupId": "@TGS#2OTHER", "EventTime": 1, "From_Account": "carol", "To_Account": "bob", "Random": 1, "MsgSeq": 1,
			"MsgBody": []any{textOf("/answer B")}, "NewMemberList": []any{map[string]any{"Member_Account": "x"}}, "ExitMemberList": []any{map[string]any{"Member_Account": "x"}},
			"Modified_Account": "bob", "NewOwner_Account": "bob", "Info": map[string]any{"Action": "Login", "To_Account": "bob"}}
		s.want(t, s.tell(body), okAnswer)
	}
	if len(s.sink.taken)+len(s.sink.held)+len(s.sink.shown) > 0 {
		t.Errorf("%+v", s.sink)
	}
}

// Ids may hold what divides the parts of a key.
func TestKeysOfDifferentThingsDiffer(t *testing.T) {
	at := time.UnixMilli(1767225600456)
	message := func(group chat.GroupID, from chat.UserID, random uint32) Callback {
		return Callback{App: "main", Group: group, Message: &Message{Via: chat.ViaGroup, From: from, Random: random}}
	}
	all := map[string]bool{}
	for _, k := range []string{
		message("g", "carol", 77).Key(""), message("g", "carol", 78).Key(""), message("g/carol", "x", 77).Key(""), message("g", "carol/x", 77).Key(""), message("g%2Fcarol", "x", 77).Key(""),
		Callback{App: "main", Message: &Message{Via: chat.ViaDirect, From: "carol", To: "quizbot", Key: "1_2_3"}}.Key(""),
		Callback{App: "main", Group: "g", At: at, Change: &Change{What: chat.MemberJoined}}.Key("carol"),
		Callback{App: "main", Group: "g", At: at, Change: &Change{What: chat.MemberJoined}}.Key("dave"),
		Callback{App: "main", Group: "g", At: at, Change: &Change{What: chat.MemberLeft}}.Key("dave"),
		Callback{App: "main", Group: "g", At: at.Add(time.Millisecond), Change: &Change{What: chat.MemberLeft}}.Key("dave"),
	} {
		if all[k] || k == "" {
			t.Errorf("%q is there twice", k)
		}
		if !strings.HasPrefix(k, "callback/main/") || strings.Contains(k, "carol") || strings.Contains(k, "dave") {
			t.Errorf("%q is kept when who is named in it was erased", k)
		}
		all[k] = true
	}
	before, after := message("g", "carol", 77), message("g", "carol", 77)
	after.Message.Seq, after.Message.Via = 41, chat.ViaMention
	if before.Key("") != after.Key("") {
		t.Error("a message has another key after it was sent")
	}
}
