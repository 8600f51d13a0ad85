package simulator

import (
	"fmt"
	"slices"
	"testing"
)

func TestRobots(t *testing.T) {
	r := newRig(t)
	robot := func(command, body string) answer { return r.ask("openim_robot_http_svc/"+command, r.query(), body) }
	for i := range maxRobots {
		r.wantCode(robot("create_robot", fmt.Sprintf(`{"UserID":"@RBT#%03d","Nick":"Quiz"}`, i)), 0)
	}
	r.wantCode(robot("create_robot", `{"UserID":"@RBT#more"}`), 10008)
	r.wantCode(robot("create_robot", `{"UserID":"@RBT#000"}`), 0)
	r.wantCode(robot("create_robot", `{"UserID":"quiz"}`), 10004)
	r.wantCode(robot("create_robot", `{}`), 10004)
	must(t, r.sim.Join(room, Member{ID: "@RBT#000"}))
	r.wantCode(robot("delete_robot", `{"Robot_Account":"@RBT#000"}`), 0)
	r.wantCode(robot("delete_robot", `{"Robot_Account":"@RBT#000"}`), 10004)
	r.wantCode(robot("delete_robot", `{"Robot_Account":"carol"}`), 10004)
	if _, still := r.members("").roles()["@RBT#000"]; still {
		t.Error("a deleted robot is a member")
	}
	all := robot("get_all_robots", `{}`).Robot_Account
	if len(all) != maxRobots-1 || all[0] != "@RBT#001" || slices.Contains(all, "quizbot") {
		t.Errorf("got %v", all)
	}
}

func TestAddressesOfTheCallbacks(t *testing.T) {
	r := newRig(t)
	q := r.query()
	for kind, want := range map[string]int{"5": 0, "6": 0, "": 0, "1": 0, "7": 60025, "all": 60025} {
		q.Set("nettype", kind)
		a := r.ask("ConfigSvc/GetIPList", q, `{}`)
		r.wantCode(a, want)
		if kind == "5" && !slices.Contains(a.IPList, loopback) {
			t.Errorf("got %v", a.IPList)
		}
	}
}
