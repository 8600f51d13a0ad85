package daemon_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/botd-chat/botd/daemon"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/plugins/quiz"
	"github.com/botd-chat/botd/plugins/rules"
)

// Rule 10 of package im, from end to end: not even the most talkative log, nor
// the admin API unasked, tells what a message says, or a secret.
func TestRule10_NothingIsToldAtAnyLevel(t *testing.T) {
	r := newRig(t, "")
	r.end()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	exit := make(chan int, 1)
	r.log = &buffer{}
	go func() {
		exit <- daemon.Run(ctx, daemon.Process{Args: []string{"serve", "--config", r.config()}, Stdin: strings.NewReader(""),
			Stdout: io.Discard, Stderr: r.log, Getenv: func(k string) string { return map[string]string{"BOTD_LOG_LEVEL": "debug"}[k] }},
			quiz.Plugin, notice.Plugin, rules.Plugin)
	}()
	r.until("botd runs", func() bool {
		line, ok := r.logged("botd runs")
		if ok {
			r.public, r.admin = "http://"+line["public"].(string), "http://"+line["admin"].(string)
		}
		return ok
	})
	must(t, r.sim.Inject(simulator.Fault{API: "send_group_msg", Kind: simulator.HangUp, When: simulator.Before, Count: 1}))
	const text = "the-text-of-the-message"
	var told strings.Builder
	for i, body := range []string{`{"text":"` + text + `","user":"cy"}`, `{"text":["` + text + `"],"user":"cy"}`, `{"text":"` + text + `","user":"zoe"}`} {
		id := r.post("id-"+strconv.Itoa(i), body).Events[0]
		r.settled(id)
		a := r.do(http.MethodGet, r.admin+"/v1/events/"+id.String(), http.Header{"Authorization": {"Bearer " + adminToken}}, "")
		told.WriteString(a.body)
	}
	stop()
	<-exit
	if len(r.saw()) != 2 || !strings.Contains(r.log.String(), `"attempt ended"`) {
		t.Fatalf("nothing was sent, or the log is not talkative: %v", r.saw())
	}
	for where, s := range map[string]string{"log": r.log.String(), "admin API": told.String()} {
		for _, secret := range []string{text, appKey, r.secret, hookToken, adminToken} {
			if strings.Contains(s, secret) {
				t.Errorf("the %s tells %.12q…", where, secret)
			}
		}
	}
}
