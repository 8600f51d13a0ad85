package simulator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// audienceCase is one way to name recipients and who sees the message then.
type audienceCase struct {
	name   string
	edit   fieldSet
	modes  Modes
	kind   string // of the group; "": Public
	id     string // of the group; "": room
	code   int
	who    []string
	reason string
}

func (c audienceCase) run(t *testing.T) {
	edits := []func(*Options){in(c.modes)}
	r := newRig(t, edits...)
	id := room
	if c.kind != "" {
		id = c.id
		if id == "" {
			id = "other"
		}
		must(t, r.sim.AddGroup(classRoom(id, c.kind)))
	}
	m := message(1, c.edit)
	m["GroupId"] = id
	r.wantCode(r.send(m), c.code)
	r.wantSeen(1, c.who, c.reason)
}

func runAudience(t *testing.T, cases []audienceCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, c.run)
	}
}

func accounts(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("stranger%d", i)
	}
	return out
}

func TestItem13AbsentToAccountBroadcasts(t *testing.T) {
	runAudience(t, []audienceCase{
		{name: "everybody sees it", edit: fieldSet{"To_Account": nil}, who: everybody, reason: Broadcast},
	})
	t.Run("everybody is who is in the group then", func(t *testing.T) {
		r := newRig(t)
		all := fieldSet{"To_Account": nil}
		r.send(message(1, all))
		must(t, r.sim.Join(room, Member{ID: "erin"}))
		r.send(message(2, all))
		must(t, r.sim.Leave(room, "alice"))
		r.send(message(3, all))
		r.wantSeen(1, everybody, Broadcast)
		r.wantSeen(2, append(slices.Clone(everybody), "erin"), Broadcast)
		r.wantSeen(3, []string{"bob", "carol", "dave", "erin"}, Broadcast)
	})
}

func TestItem14EmptyToAccountBroadcasts(t *testing.T) {
	runAudience(t, []audienceCase{
		{name: "[] is seen by everybody", edit: fieldSet{"To_Account": []string{}}, who: everybody, reason: Broadcast},
		{name: "[] is refused by mode", edit: fieldSet{"To_Account": []string{}}, modes: Modes{EmptyList: "10004"}, code: 10004},
		{name: "null is seen by everybody", edit: fieldSet{"To_Account": []string(nil)}, who: everybody, reason: Broadcast},
		{name: "an empty text is seen by everybody", edit: fieldSet{"To_Account": ""}, who: everybody, reason: Broadcast},
		{name: "null is refused by mode", edit: fieldSet{"To_Account": []string(nil)}, modes: Modes{OddList: "10004"}, code: 10004},
		{name: "an object is refused by mode", edit: fieldSet{"To_Account": fieldSet{}}, modes: Modes{OddList: "10004"}, code: 10004},
	})
}

func TestItem15OnlyTargetsReceive(t *testing.T) {
	runAudience(t, []audienceCase{
		{name: "two in a Public group", who: staff, reason: Targeted},
		{name: "two in a Work group", kind: "Work", who: staff, reason: Targeted},
		{name: "two in a Meeting group", kind: "Meeting", who: staff, reason: Targeted},
		{name: "one named twice has it once", edit: fieldSet{"To_Account": []string{"bob", "bob"}}, who: []string{"bob"}, reason: Targeted},
		{name: "the sender does not see what is not for him", edit: fieldSet{"From_Account": "carol"}, who: staff, reason: Targeted},
	})
}

func TestItem16MoreThanFifty(t *testing.T) {
	long := fieldSet{"To_Account": append(accounts(50), "alice")}
	runAudience(t, []audienceCase{
		{name: "fifty are fine", edit: fieldSet{"To_Account": append(accounts(49), "alice")}, who: []string{"alice"}, reason: Targeted},
		{name: "fifty-one are 10005", edit: long, code: 10005},
		{name: "10004 by mode", edit: long, modes: Modes{LongList: "10004"}, code: 10004},
		{name: "cut off by mode: the last is not reached", edit: long, modes: Modes{LongList: "cut"}},
	})
}

func TestItem17ListBesideAMentionBroadcasts(t *testing.T) {
	mention := fieldSet{"GroupAtInfo": []fieldSet{{"GroupAtAllFlag": 0, "GroupAt_Account": "bob"}}}
	runAudience(t, []audienceCase{
		{name: "everybody sees it", edit: mention, who: everybody, reason: Broadcast},
		{name: "refused by mode", edit: mention, modes: Modes{ListWithAt: "10004"}, code: 10004},
		{name: "an empty GroupAtInfo changes nothing", edit: fieldSet{"GroupAtInfo": []fieldSet{}}, who: staff, reason: Targeted},
	})
}

func TestItem18ListInCommunityAndAVChatRoomBroadcasts(t *testing.T) {
	runAudience(t, []audienceCase{
		{name: "Community", kind: "Community", id: "@TGS#_C1", who: everybody, reason: Broadcast},
		{name: "AVChatRoom", kind: "AVChatRoom", who: everybody, reason: Broadcast},
		{name: "Community refused by mode", kind: "Community", id: "@TGS#_C1", modes: Modes{ListInWrongType: "10007"}, code: 10007},
		{name: "AVChatRoom refused by mode", kind: "AVChatRoom", modes: Modes{ListInWrongType: "10004"}, code: 10004},
	})
}

func TestItem19EditionWithoutTargetedMessages(t *testing.T) {
	for _, edition := range []string{"trial", "standard"} {
		t.Run(edition+" answers 10059", func(t *testing.T) {
			r := newRig(t, func(o *Options) { o.Edition = edition })
			r.wantCode(r.send(message(1, nil)), 10059)
			r.wantSeen(1, nil, "")
		})
		t.Run(edition+" ignores the list by mode", func(t *testing.T) {
			r := newRig(t, in(Modes{ListInEdition: "broadcast"}), func(o *Options) { o.Edition = edition })
			r.wantCode(r.send(message(1, nil)), 0)
			r.wantSeen(1, everybody, Broadcast)
		})
	}
	for _, edition := range []string{"pro", "pro_plus", "enterprise"} {
		t.Run(edition+" has them", func(t *testing.T) {
			r := newRig(t, func(o *Options) { o.Edition = edition })
			r.send(message(1, nil))
			r.wantSeen(1, staff, Targeted)
		})
	}
}

func TestItem20TargetsThatAreNotMembersAreSkipped(t *testing.T) {
	runAudience(t, []audienceCase{
		{name: "an account outside the group", edit: fieldSet{"To_Account": []string{"quizbot", "bob"}}, who: []string{"bob"}, reason: Targeted},
		{name: "an account that does not exist", edit: fieldSet{"To_Account": []string{"nobody", "bob"}}, who: []string{"bob"}, reason: Targeted},
		{name: "nobody is left: nobody sees it", edit: fieldSet{"To_Account": []string{"nobody"}}},
		{name: "an account that does not exist is 10019 by mode", edit: fieldSet{"To_Account": []string{"nobody", "bob"}}, modes: Modes{UnknownTarget: "10019"}, code: 10019},
		{name: "that mode still skips an existing one", edit: fieldSet{"To_Account": []string{"quizbot", "bob"}}, modes: Modes{UnknownTarget: "10019"}, who: []string{"bob"}, reason: Targeted},
	})
	t.Run("somebody who left gets nothing", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.Leave(room, "bob"))
		r.wantCode(r.send(message(1, nil)), 0)
		r.wantSeen(1, []string{"alice"}, Targeted)
	})
}

func TestItem21RandomAndMsgBody(t *testing.T) {
	for name, edit := range map[string]fieldSet{
		"Random missing":       {"Random": nil},
		"Random negative":      {"Random": -1},
		"Random too large":     {"Random": 4294967296},
		"Random a fraction":    {"Random": 1.5},
		"Random a text":        {"Random": "1"},
		"MsgBody missing":      {"MsgBody": nil},
		"MsgBody an object":    {"MsgBody": textElements("x")[0]},
		"MsgBody empty":        {"MsgBody": []fieldSet{}},
		"MsgBody of texts":     {"MsgBody": []string{"x"}},
		"GroupId missing":      {"GroupId": nil},
		"a priority in French": {"MsgPriority": "Haut"},
		"a flag as a boolean":  {"OnlineOnlyFlag": true},
	} {
		t.Run(name+" is 10004", func(t *testing.T) {
			r := newRig(t)
			r.wantCode(r.send(message(1, edit)), 10004)
			if n := len(r.sim.Messages()); n != 0 {
				t.Errorf("%d messages took effect", n)
			}
		})
	}
	t.Run("the largest Random is fine", func(t *testing.T) {
		r := newRig(t)
		r.wantCode(r.send(message(4294967295, nil)), 0)
		r.wantSeen(4294967295, staff, Targeted)
	})
}

func TestItem24SequenceAndTime(t *testing.T) {
	t.Run("each group counts from 1", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.AddGroup(classRoom("other", "Public")))
		r.sim.Advance(90 * time.Second)
		for i, want := range []uint32{1, 2, 3} {
			a := r.send(message(i, nil))
			if a.MsgSeq != want || a.MsgTime != start.Unix()+90 {
				t.Errorf("got %+v, want seq %d", a, want)
			}
		}
		if a := r.send(message(1, fieldSet{"GroupId": "other"})); a.MsgSeq != 1 {
			t.Errorf("the other group began at %d", a.MsgSeq)
		}
	})
	t.Run("an online-only message takes no number", func(t *testing.T) {
		r := newRig(t)
		if a := r.send(message(1, fieldSet{"OnlineOnlyFlag": 1})); a.MsgSeq != 0 {
			t.Errorf("took %d", a.MsgSeq)
		}
		if a := r.send(message(2, nil)); a.MsgSeq != 1 {
			t.Errorf("the next took %d", a.MsgSeq)
		}
	})
	t.Run("by mode a targeted one takes none either", func(t *testing.T) {
		r := newRig(t, in(Modes{TargetedSeq: "none"}))
		r.send(message(1, nil))
		if a := r.send(message(2, fieldSet{"To_Account": nil})); a.MsgSeq != 1 {
			t.Errorf("the broadcast after it took %d", a.MsgSeq)
		}
	})
}

func TestItem25Sender(t *testing.T) {
	t.Run("must exist", func(t *testing.T) {
		r := newRig(t)
		r.wantCode(r.send(message(1, fieldSet{"From_Account": "nobody"})), 10019)
		r = newRig(t, in(Modes{UnknownSender: "10004"}))
		r.wantCode(r.send(message(1, fieldSet{"From_Account": "nobody"})), 10004)
	})
	t.Run("need not be a member, and is the administrator by default", func(t *testing.T) {
		r := newRig(t)
		r.send(message(1, nil))
		r.send(message(2, fieldSet{"From_Account": nil}))
		got := r.sim.Messages()
		if len(got) != 2 || got[0].From != "quizbot" || got[1].From != "administrator" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("who is muted is refused until the mute ends", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.Mute(room, "carol", time.Minute))
		r.wantCode(r.send(message(1, fieldSet{"From_Account": "carol"})), 10017)
		r.wantCode(r.send(message(1, fieldSet{"From_Account": "dave"})), 0)
		r.sim.Advance(time.Minute)
		r.wantCode(r.send(message(2, fieldSet{"From_Account": "carol"})), 0)
	})
}

func TestItem26Elements(t *testing.T) {
	el := func(kind string, content fieldSet) []fieldSet {
		return []fieldSet{{"MsgType": kind, "MsgContent": content}}
	}
	sound := func(flag any) []fieldSet {
		return el("TIMSoundElem", fieldSet{"Url": "https://cdn.example.org/a", "UUID": "u", "Size": 4, "Second": 1, "Download_Flag": flag})
	}
	custom := el("TIMCustomElem", fieldSet{"Data": "{}"})
	image := func(url any) []fieldSet {
		return el("TIMImageElem", fieldSet{"UUID": "u", "ImageFormat": 3, "ImageInfoArray": []fieldSet{{"Type": 1, "Width": 2, "Height": 3, "URL": url}}})
	}
	const overhead = len(`[{"MsgContent":{"Text":""},"MsgType":"TIMTextElem"}]`)
	tests := []struct {
		name  string
		body  any
		modes Modes
		code  int
	}{
		{name: "12,288 bytes", body: textElements(strings.Repeat("a", 12288-overhead))},
		{name: "12,289 bytes", body: textElements(strings.Repeat("a", 12289-overhead)), code: 80002},
		{name: "one custom element beside text", body: append(textElements("x"), custom...)},
		{name: "two custom elements", body: append(slices.Clone(custom), custom...), code: 10004},
		{name: "two custom elements by mode", body: append(slices.Clone(custom), custom...), modes: Modes{SecondCustom: "accepted"}},
		{name: "a custom element whose Data is an object", body: el("TIMCustomElem", fieldSet{"Data": fieldSet{}}), code: 10004},
		{name: "text without Text", body: el("TIMTextElem", fieldSet{"text": "x"}), code: 10004},
		{name: "sound with Download_Flag 2", body: sound(2)},
		{name: "sound with Download_Flag 1", body: sound(1), code: 10004},
		{name: "sound without Download_Flag", body: sound(nil), code: 10004},
		{name: "an image", body: image("https://cdn.example.org/i")},
		{name: "an image without URL", body: image(nil), code: 10004},
		{name: "a place", body: el("TIMLocationElem", fieldSet{"Desc": "Hall B", "Latitude": 48.1, "Longitude": -11.5})},
		{name: "a place in words", body: el("TIMLocationElem", fieldSet{"Desc": "Hall B", "Latitude": "48", "Longitude": "11"}), code: 10004},
		{name: "a face", body: el("TIMFaceElem", fieldSet{"Index": 2, "Data": "star"})},
		{name: "an element nobody knows", body: el("TIMPoemElem", fieldSet{}), code: 10004},
		{name: "an element without content", body: []fieldSet{{"MsgType": "TIMTextElem"}}, code: 10004},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s: %d", tt.name, tt.code), func(t *testing.T) {
			r := newRig(t, in(tt.modes))
			r.wantCode(r.send(message(1, fieldSet{"MsgBody": tt.body})), tt.code)
		})
	}
}

func TestItem27Mentions(t *testing.T) {
	mentions := func(n int) fieldSet {
		list := make([]fieldSet, n)
		for i := range list {
			list[i] = fieldSet{"GroupAtAllFlag": 0, "GroupAt_Account": "bob"}
		}
		return fieldSet{"To_Account": nil, "GroupAtInfo": list}
	}
	all := fieldSet{"To_Account": nil, "GroupAtInfo": []fieldSet{{"GroupAtAllFlag": 1}}}
	runAudience(t, []audienceCase{
		{name: "thirty", edit: mentions(30), who: everybody, reason: Broadcast},
		{name: "thirty-one", edit: mentions(31), code: 10053},
		{name: "@all in an ordinary group", edit: all, who: everybody, reason: Broadcast},
		{name: "@all in an AVChatRoom", edit: all, kind: "AVChatRoom", code: 10004},
		{name: "@all in an AVChatRoom by mode", edit: all, kind: "AVChatRoom", modes: Modes{AtAllInAVChat: "accepted"}, who: everybody, reason: Broadcast},
	})
}

func TestItem28OnlineOnly(t *testing.T) {
	t.Run("only members who are online, and nothing is stored", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.SetOnline("bob", false))
		r.wantCode(r.send(message(1, fieldSet{"OnlineOnlyFlag": 1})), 0)
		r.wantSeen(1, []string{"alice"}, Targeted)
		if got := r.sim.Messages()[0]; !got.OnlineOnly || got.Seq != 0 {
			t.Errorf("got %+v", got)
		}
		r.send(message(2, fieldSet{"OnlineOnlyFlag": 1, "To_Account": nil}))
		r.wantSeen(2, []string{"alice", "carol", "dave"}, Broadcast)
		r.send(message(3, nil))
		r.wantSeen(3, staff, Targeted)
	})
	t.Run("not together with SendMsgControl", func(t *testing.T) {
		both := fieldSet{"OnlineOnlyFlag": 1, "SendMsgControl": []string{"NoUnread"}}
		r := newRig(t)
		r.wantCode(r.send(message(1, both)), 10004)
		r = newRig(t, in(Modes{OnlineAndControl: "accepted"}))
		r.wantCode(r.send(message(1, both)), 0)
	})
}

func TestItem29UnknownGroups(t *testing.T) {
	r := newRig(t)
	for id, want := range map[string]int{"nowhere": 10010, "": 10015, strings.Repeat("g", 49): 10015, "grüppe": 10015} {
		r.wantCode(r.send(message(1, fieldSet{"GroupId": id})), want)
	}
	must(t, r.sim.Destroy(room))
	r.wantCode(r.send(message(1, nil)), 10010)
}
