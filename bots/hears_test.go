package bots_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
)

// listening is a bot with a trigger of each sort.
func listening(t *testing.T) *bots.Bot {
	t.Helper()
	b, err := bots.New(specOf(silent,
		bots.Trigger{Name: "held", Hears: &bots.Hears{Via: chat.ViaGroup, Held: true, Received: "It is here."}},
		bots.Trigger{Name: "quiet", Hears: &bots.Hears{Via: chat.ViaGroup, Held: true}},
		bots.Trigger{Name: "open", Hears: &bots.Hears{Via: chat.ViaGroup}},
		bots.Trigger{Name: "relayed", Hears: &bots.Hears{Via: chat.ViaGroup, Relay: true}},
		bots.Trigger{Name: "named", Hears: &bots.Hears{Via: chat.ViaMention}},
		bots.Trigger{Name: "direct", Hears: &bots.Hears{Via: chat.ViaDirect}},
		bots.Trigger{Name: "home", Group: string(team), Hears: &bots.Hears{Via: chat.ViaDirect}},
		bots.Trigger{Name: "joined", Hears: &bots.Hears{What: chat.MemberJoined}},
		bots.Trigger{Name: "left", Hears: &bots.Hears{What: chat.MemberLeft}},
		bots.Trigger{Name: "promoted", Hears: &bots.Hears{What: chat.RoleChanged}},
		bots.Trigger{Name: "gone", Hears: &bots.Hears{What: chat.GroupDestroyed}},
		bots.Trigger{Name: "answers", Kind: chat.Webhook},
	))
	must(t, err)
	return b
}

var alone = &chat.Ceiling{Audience: &chat.Audience{Users: []chat.UserID{"carol"}}}

func TestWhatIsWrittenBecomesAnArrival(t *testing.T) {
	at := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	b := listening(t)
	for name, c := range map[string]struct {
		trigger  chat.TriggerName
		written  bots.Written // beside who wrote what where
		heard    string
		ceiling  *chat.Ceiling
		received string
		revive   bool
	}{
		"held":                          {trigger: "held", heard: `{"via":"group","held":true,"acknowledged":true}`, received: "It is here."},
		"held, of which nobody is told": {trigger: "quiet", heard: `{"via":"group","held":true}`},
		"held for safety's sake":        {trigger: "held", written: bots.Written{Near: true}, heard: `{"via":"group","held":true}`},
		"leaked": {trigger: "held", written: bots.Written{Heard: chat.Heard{Leaked: true, Seq: 41}}, heard: `{"via":"group","leaked":true,"seq":41}`,
			revive: true},
		"open":                          {trigger: "open", written: bots.Written{Heard: chat.Heard{Seq: 41}}, heard: `{"via":"group","seq":41}`, ceiling: alone},
		"masked":                        {trigger: "open", written: bots.Written{Heard: chat.Heard{Masked: true}}, heard: `{"via":"group","masked":true}`, ceiling: alone},
		"relayed":                       {trigger: "relayed", heard: `{"via":"group"}`},
		"named":                         {trigger: "named", heard: `{"via":"mention"}`, ceiling: alone},
		"direct":                        {trigger: "direct", heard: `{"via":"direct"}`},
		"elements":                      {trigger: "relayed", written: bots.Written{Heard: chat.Heard{Elements: json.RawMessage(`[{"MsgType":"TIMFaceElem"}]`)}}, heard: `{"via":"group","elements":[{"MsgType":"TIMFaceElem"}]}`},
		"what claims to have been held": {trigger: "open", written: bots.Written{Heard: chat.Heard{Held: true, Acknowledged: true, Via: chat.ViaDirect}}, heard: `{"via":"group"}`, ceiling: alone},
	} {
		t.Run(name, func(t *testing.T) {
			w := c.written
			w.Group, w.Sender, w.Text, w.Type, w.Key, w.At = class, "carol", "/answer B", "Group.CallbackBeforeSendMsg", "callback/main/g/carol/7", at
			got, err := b.HeardBy(c.trigger, w)
			must(t, err)
			want := chat.Arrival{
				Key: "callback/main/g/carol/7/quiz/" + string(c.trigger), App: "main", Bot: "quiz", Trigger: c.trigger, Kind: chat.Typed,
				Groups: []chat.GroupID{class}, Sender: "carol", Text: "/answer B", Payload: json.RawMessage(c.heard), Time: at,
				Origin:   &chat.Origin{Scheme: chat.SchemeCallback, Type: "Group.CallbackBeforeSendMsg", Ceiling: c.ceiling},
				Received: c.received, Revive: c.revive,
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestWhatHappensBecomesAnArrival(t *testing.T) {
	b := listening(t)
	for name, c := range map[string]struct {
		trigger chat.TriggerName
		what    chat.What
		sender  chat.UserID
		payload string
	}{
		"somebody comes":         {"joined", chat.MemberJoined, "carol", `{"what":"member_joined","user":"carol","by":"alice","how":"Invited"}`},
		"somebody goes":          {"left", chat.MemberLeft, "", `{"what":"member_left","user":"carol","by":"alice","how":"Invited"}`},
		"somebody is promoted":   {"promoted", chat.RoleChanged, "carol", `{"what":"role_changed","user":"carol","by":"alice","how":"Invited"}`},
		"the group is dissolved": {"gone", chat.GroupDestroyed, "", `{"what":"group_destroyed","by":"alice","how":"Invited"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := b.Happened(c.trigger, bots.Happened{Group: team, Happ: chat.Happening{What: c.what, User: "carol", By: "alice", How: "Invited"}, Type: "Group.X", Key: "k"})
			must(t, err)
			want := chat.Arrival{
				Key: "k/quiz/" + string(c.trigger), App: "main", Bot: "quiz", Trigger: c.trigger, Kind: chat.Callback, Groups: []chat.GroupID{team},
				Sender: c.sender, Payload: json.RawMessage(c.payload), Origin: &chat.Origin{Scheme: chat.SchemeCallback, Type: "Group.X"},
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestWhatIsHeardAndIsNoArrival(t *testing.T) {
	b := listening(t)
	carol := bots.Written{Group: class, Sender: "carol", Text: "hello"}
	for name, c := range map[string]struct {
		trigger chat.TriggerName
		edit    func(*bots.Written)
		want    string
		payload bool
	}{
		"no such trigger":           {trigger: "hidden", want: `no trigger "hidden"`},
		"a trigger of webhooks":     {trigger: "answers", want: "nothing of which the chat service tells"},
		"a trigger of members":      {trigger: "joined", want: "does not wait for what is written"},
		"a group of others":         {trigger: "open", edit: func(w *bots.Written) { w.Group = "@TGS#OTHER" }, want: "does not listen in group", payload: true},
		"a group of other triggers": {trigger: "home", want: "does not listen in group", payload: true},
		"nobody":                    {trigger: "open", edit: func(w *bots.Written) { w.Sender = "" }, want: "sender", payload: true},
		"more than can be written":  {trigger: "open", edit: func(w *bots.Written) { w.Text = strings.Repeat("x", chat.MaxText+1) }, want: "12289 bytes", payload: true},
		"elements that are none":    {trigger: "open", edit: func(w *bots.Written) { w.Heard.Elements = json.RawMessage("{") }, want: "elements", payload: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := carol
			if c.edit != nil {
				c.edit(&w)
			}
			_, err := b.HeardBy(c.trigger, w)
			if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, bots.ErrPayload) != c.payload {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	for name, h := range map[string]bots.Happened{
		"another thing": {Group: class, Happ: chat.Happening{What: chat.MemberLeft, User: "carol"}},
		"elsewhere":     {Group: "@TGS#OTHER", Happ: chat.Happening{What: chat.MemberJoined, User: "carol"}},
		"to nobody":     {Group: class, Happ: chat.Happening{What: chat.MemberJoined}},
	} {
		if _, err := b.Happened("joined", h); err == nil {
			t.Errorf("%s happens", name)
		}
	}
}

func TestTriggersThatCannotListen(t *testing.T) {
	for want, tr := range map[string]bots.Trigger{
		"one of them is said":          {Hears: &bots.Hears{}},
		"nothing that happens":         {Hears: &bots.Hears{What: "member_born"}},
		"say so of webhooks alone":     {Sender: "payload.user", Hears: &bots.Hears{Via: chat.ViaGroup}},
		"can be held":                  {Hears: &bots.Hears{Via: chat.ViaDirect, Held: true}},
		"which is not held":            {Hears: &bots.Hears{Via: chat.ViaGroup, Received: "It is here."}},
		"no payload for an expression": {Group: "payload.room", Hears: &bots.Hears{Via: chat.ViaGroup}},
	} {
		tr.Name = "t"
		if _, err := bots.New(specOf(silent, tr)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// rooms are groups that can be read, or not.
type rooms map[chat.GroupID]any // []chat.Member or an error

func (r rooms) Read(_ context.Context, g chat.GroupID, _ time.Duration, _ ...chat.Fact) (chat.Membership, error) {
	if err, ok := r[g].(error); ok {
		return chat.Membership{}, err
	}
	return chat.Membership{Group: g, Members: r[g].([]chat.Member)}, nil
}

func TestWhereSomethingBelongsThatWasWrittenToTheBotAlone(t *testing.T) {
	with, without, away := []chat.Member{{ID: "carol", Role: chat.Normal}}, []chat.Member{}, errors.New("the service is down")
	b := listening(t)
	for name, c := range map[string]struct {
		trigger chat.TriggerName
		rooms   rooms
		want    chat.GroupID
		wrong   string
	}{
		"the group that the sender is in":            {trigger: "direct", rooms: rooms{class: without, team: with}, want: team},
		"the one that can be read":                   {trigger: "direct", rooms: rooms{class: away, team: with}, want: team},
		"the one that is left":                       {trigger: "direct", rooms: rooms{class: bots.ErrGone, team: with}, want: team},
		"the one that the trigger says":              {trigger: "home", rooms: rooms{class: away, team: away}, want: team},
		"several":                                    {trigger: "direct", rooms: rooms{class: with, team: with}, wrong: "a member of 2 of them, @TGS#2QUIZROOM1, @TGS#2TEAMROOM01; say with group: at trigger"},
		"none":                                       {trigger: "direct", rooms: rooms{class: without, team: without}, wrong: "a member of none of them"},
		"none of those that can be read, and others": {trigger: "direct", rooms: rooms{class: without, team: away}, wrong: "the service is down"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := b.Where(t.Context(), c.rooms, c.trigger, "carol")
			if c.wrong == "" {
				must(t, err)
			}
			if got != c.want || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("%s, %v; want %s, %q", got, err, c.want, c.wrong)
			}
			if nowhere := c.wrong != "" && c.wrong != away.Error(); errors.Is(err, bots.ErrNowhere) != nowhere {
				t.Errorf("%v", err)
			}
		})
	}
}

// Somebody tries by hand what would come of something that nobody wrote.
func TestWhatIsHeardCanBeMadeUp(t *testing.T) {
	b := listening(t)
	for name, c := range map[string]struct {
		trigger chat.TriggerName
		payload string
		given   bots.Given
		want    string // of the payload
		wrong   string
	}{
		"a held message":            {trigger: "held", given: bots.Given{Group: class, Sender: "carol", Text: "/answer B"}, want: `{"via":"group","held":true,"acknowledged":true}`},
		"an open one":               {trigger: "open", given: bots.Given{Group: class, Sender: "carol", Text: "/help"}, want: `{"via":"group"}`},
		"one that leaked":           {trigger: "held", given: bots.Given{Group: class, Sender: "carol", Text: "/answer B"}, payload: `{"leaked":true,"seq":3}`, want: `{"via":"group","leaked":true,"seq":3}`},
		"one to the bot":            {trigger: "home", given: bots.Given{Sender: "carol", Text: "hello"}, want: `{"via":"direct"}`},
		"one that nobody wrote":     {trigger: "open", given: bots.Given{Group: class, Text: "/help"}, wrong: "say who (sender)"},
		"one that stands nowhere":   {trigger: "open", given: bots.Given{Sender: "carol", Text: "/help"}, wrong: "say of which"},
		"one that is no payload":    {trigger: "open", given: bots.Given{Group: class, Sender: "carol", Text: "/help"}, payload: `[]`, wrong: "the payload"},
		"somebody who comes":        {trigger: "joined", given: bots.Given{Group: class, Sender: "carol"}, want: `{"what":"member_joined","user":"carol"}`},
		"somebody who is told of":   {trigger: "left", given: bots.Given{Group: class}, payload: `{"user":"carol","by":"alice"}`, want: `{"what":"member_left","user":"carol","by":"alice"}`},
		"nobody who comes":          {trigger: "joined", given: bots.Given{Group: class}, wrong: "say whom (sender)"},
		"a group that is not there": {trigger: "gone", given: bots.Given{Group: class}, want: `{"what":"group_destroyed"}`},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := b.ArrivalOf(c.trigger, json.RawMessage(c.payload), "hand/1", time.Time{}, c.given)
			if c.wrong != "" {
				if !errors.Is(err, bots.ErrPayload) || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("%v, want %q", err, c.wrong)
				}
				return
			}
			must(t, err)
			if string(a.Payload) != c.want || a.Key != "hand/1" || a.Text != c.given.Text || a.Origin == nil {
				t.Errorf("%s %+v", a.Payload, a)
			}
			if open := c.trigger == "open"; (a.Origin.Ceiling != nil) != open {
				t.Errorf("ceiling %v", a.Origin.Ceiling)
			}
		})
	}
}
