package delivery_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

func TestAGroupThatWasMadeAnew(t *testing.T) {
	t.Run("made anew as another type, also where the roles can be read there", func(t *testing.T) {
		r := newRig(t)
		r.group("room", "Public", "alice Owner", "bob Admin", "carol")
		r.fault(simulator.Fault{API: send, Kind: simulator.Dropped, Count: 1})
		e := r.say("room", "", chat.Admins.Say("secret")...)
		r.step()
		must(t, r.sim.Destroy("room"))
		r.group("room", "AVChatRoom", "alice Owner", "bob", "carol")
		// No document says that get_role_in_group always refuses such a group.
		inner := r.sim.Handler()
		r.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if strings.HasSuffix(q.URL.Path, "/get_role_in_group") {
				_, _ = w.Write([]byte(`{"ActionStatus":"OK","ErrorCode":0,"UserIdList":[{"Member_Account":"alice","Role":"Owner"}]}`))
				return
			}
			inner.ServeHTTP(w, q)
		})
		r.clock.Advance(10 * time.Second)
		r.settle(minute)
		for _, user := range []string{"alice", "bob", "carol"} {
			if got := r.sees(user); len(got) > 0 {
				t.Errorf("%s saw %q", user, got)
			}
		}
		r.ended(e, chat.Dead, chat.Refused)
	})
}
