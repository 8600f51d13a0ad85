package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jonboulle/clockwork"
)

func TestSpacesInJSONDoNotMatter(t *testing.T) {
	r := newRig(t)
	body, err := json.MarshalIndent(message(1, fieldSet{"OnlineOnlyFlag": 0, "GroupAtInfo": []any{}}), " ", "\t")
	must(t, err)
	r.wantCode(r.group("send_group_msg", "\r\n "+string(body)+"\n"), 0)
	r.wantSeen(1, staff, Targeted)
}

// TestMembershipChangesDuringSends is for the race detector, and for what must
// hold at any moment: nobody outside the list has a targeted message.
func TestMembershipChangesDuringSends(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits = Limits{CallsPerSecond: -1, GroupMessagesPerSecond: -1} })
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for i := range 25 {
				r.send(message(n*100+i, nil))
			}
		})
	}
	all.Go(func() {
		for range 50 {
			must(t, r.sim.Leave(room, "bob"))
			must(t, r.sim.Join(room, Member{ID: "bob", Role: Admin}))
			r.sim.Inboxes()
			r.sim.Groups()
			r.sim.Calls()
		}
	})
	all.Wait()
	boxes := r.sim.Inboxes()
	if got := boxes["alice"].Targeted; got != 100 {
		t.Errorf("alice has %d of 100", got)
	}
	for _, outsider := range []string{"carol", "dave"} {
		if got := len(boxes[outsider].Messages); got != 0 {
			t.Errorf("%s has %d messages", outsider, got)
		}
	}
}

func FuzzSendGroupMsg(f *testing.F) {
	for _, seed := range []fieldSet{
		message(1, nil), message(1, fieldSet{"To_Account": nil}), message(1, fieldSet{"GroupAtInfo": []any{nil}}),
		message(1, fieldSet{"MsgBody": []any{nil, 1, fieldSet{"MsgType": "TIMImageElem", "MsgContent": fieldSet{"UUID": "u", "ImageInfoArray": []any{nil}}}}}),
	} {
		body, err := json.Marshal(seed)
		must(f, err)
		f.Add(string(body))
	}
	f.Add(`{"To_Account":{},"Random":1e9,"OfflinePushInfo":null}`)
	sim, err := New(Options{SDKAppID: appID, SecretKey: key, Limits: Limits{CallsPerSecond: -1, GroupMessagesPerSecond: -1}})
	must(f, err)
	must(f, sim.AddAccount("quizbot"))
	must(f, sim.AddGroup(classRoom(room, "Public")))
	q := (&rig{}).query()
	q.Set("usersig", sign([]byte(key), "administrator", appID, sim.Now(), 86400, 6))
	target := "/v4/group_open_http_svc/send_group_msg?" + q.Encode()
	f.Fuzz(func(t *testing.T, body string) {
		w := httptest.NewRecorder()
		sim.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, target, strings.NewReader(body)))
		var a answer
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK {
			t.Fatalf("answered %d %s", w.Code, w.Body)
		}
		if fmt.Sprint(a.ActionStatus == "OK") != fmt.Sprint(a.ErrorCode == 0) {
			t.Errorf("answered %s", w.Body)
		}
	})
}

// FuzzCommands gives one body to every command there is.
func FuzzCommands(f *testing.F) {
	for _, body := range []string{
		`{}`, `{"GroupId":"` + room + `","MemberList":[null,{"Member_Account":"erin"}],"MemberToDel_Account":["dave"],"MuteTime":4294967295,"Members_Account":["carol"]}`,
		letterTo("carol", fieldSet{"GroupId": room}), `{"GroupId":"` + room + `","Member_Account":"carol","Role":"Admin","NameCard":"","NewOwner_Account":"bob"}`,
		`{"GroupId":"` + room + `","Content":"x","ToMembers_Account":[],"MsgSeq":1,"MsgBody":[{}],"CloudCustomData":""}`,
		`{"UserID":"@RBT#1","Robot_Account":"@RBT#1","To_Account":["carol"],"IsNeedDetail":1}`,
	} {
		f.Add(body)
	}
	q := (&rig{}).query()
	q.Set("usersig", sign([]byte(key), "administrator", appID, start, 86400*30, 6))
	f.Fuzz(func(t *testing.T, body string) {
		sim, err := New(Options{SDKAppID: appID, SecretKey: key, Clock: clockwork.NewFakeClockAt(start)})
		must(t, err)
		defer sim.Close()
		must(t, sim.AddAccount("quizbot"))
		must(t, sim.AddGroup(classRoom(room, "Public")))
		for _, command := range slices.Sorted(maps.Keys(commands)) {
			w := httptest.NewRecorder()
			sim.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v4/"+command+"?"+q.Encode(), strings.NewReader(body)))
			var a struct {
				ActionStatus string
				ErrorCode    int
			}
			if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK {
				t.Fatalf("%s answered %d %s", command, w.Code, w.Body)
			}
			if (a.ActionStatus == "FAIL") != (a.ErrorCode != 0) {
				t.Errorf("%s answered %s", command, w.Body)
			}
		}
	})
}
