package host_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
)

// standIn has this binary stand in for a botd that is killed. It is the folder with a
// program.
const standIn = "HOST_TEST_BOTD"

// standInForBotd runs a program and an isolated plugin, says which processes these are,
// and then does nothing any more.
func standInForBotd() {
	dir := os.Getenv(standIn)
	placed := []bots.Plugin{
		host.Program(host.Command{Args: []string{"sh", "plugin.sh"}, Dir: dir}),
		host.Isolated(wild, host.Command{}),
	}
	for _, p := range placed {
		h, err := p.New(nil)
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		e := event("say", `""`)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		messages, err := h.Handle(ctx, e)
		cancel()
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("pid", messages[0].Text)
		go func() { _, _ = h.Handle(context.Background(), event("say", `"loop"`)) }()
	}
	fmt.Println("done")
	select {}
}

// forking is a plugin that is answered by a child, beside a sleeper, another in a session
// of its own and one whose parent is gone.
const forking = `
sleep 1000 & echo $! >> pids
setsid sleep 1000 & echo $! >> pids
sh -c 'setsid sleep 1000 & echo $! >> pids'
sh -c 'trap "" TERM INT HUP PIPE; echo $$ >> pids; while :; do sleep 1000; done' &
python3 plugin.py &
wait
`

// parentOf is the process that started another.
func parentOf(t *testing.T, pid string) string {
	t.Helper()
	out, err := exec.Command("ps", "-o", "ppid=", "-p", pid).Output()
	if err != nil {
		t.Fatalf("looking for the parent of %s: %v", pid, err)
	}
	return strings.TrimSpace(string(out))
}

// recorded are the numbers that a program wrote into a file.
func recorded(t *testing.T, dir string) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "pids"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(raw))
}

func TestNothingOutlivesABotdThatIsKilled(t *testing.T) {
	dir := script(t, "plugin.py", echo)
	if err := os.WriteFile(filepath.Join(dir, "plugin.sh"), []byte(forking), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	botd := exec.Command(self)
	botd.Env = append(os.Environ(), standIn+"="+dir)
	botd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := botd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := botd.Start(); err != nil {
		t.Fatal(err)
	}
	var pids []string
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "done"; {
		if pid, ok := strings.CutPrefix(lines.Text(), "pid "); ok {
			pids = append(pids, pid)
		} else {
			t.Error(lines.Text())
		}
	}
	if len(pids) != 2 {
		t.Fatalf("it runs %v", pids)
	}
	shell := parentOf(t, pids[0])
	pids = append(pids, shell, parentOf(t, shell), parentOf(t, pids[1]))
	pids = append(pids, recorded(t, dir)...)
	if len(pids) != 9 {
		t.Errorf("there are %d processes: %v", len(pids), pids)
	}
	if err := botd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_ = botd.Wait()
	for _, pid := range pids {
		gone(t, pid)
	}
	t.Logf("all were gone after %v", time.Since(began))
}

func TestAProgramWhoseKeeperIsKilledEndsAndIsReplaced(t *testing.T) {
	dir := script(t, "plugin.py", echo)
	h := handler(t, host.Program(host.Command{Args: []string{"sh", "-c", "sleep 1000 & echo $! >> pids; python3 plugin.py & wait"}, Dir: dir, Settings: settings(t)}))
	before := answers(t, h)
	shell := parentOf(t, before)
	sleeper := recorded(t, dir)[0]
	keeper, err := strconv.Atoi(parentOf(t, shell))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(keeper, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for _, pid := range []string{before, shell, sleeper} {
		gone(t, pid)
	}
	if after := answers(t, h); after == before {
		t.Error("it is the same process")
	}
}

func TestAKeeperLeavesItToBotdWhenItsProgramEnds(t *testing.T) {
	h := handler(t, host.Isolated(wild, host.Command{Settings: settings(t)}))
	before := answers(t, h)
	keeper, err := strconv.Atoi(parentOf(t, before))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		if err := syscall.Kill(keeper, s); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		if after := answers(t, h); after != before {
			t.Fatal("its program was ended")
		}
	}
}

func TestWhoeverStartsAKeeperByHandIsToldSo(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	report, far, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env, c.ExtraFiles = append(os.Environ(), "BOTD_KEEPER=yes"), []*os.File{far}
	if err := c.Run(); err == nil {
		t.Error("it kept something")
	}
	_ = far.Close()
	var said struct{ Failed string }
	if err := json.NewDecoder(report).Decode(&said); err != nil || !strings.Contains(said.Failed, "is for botd itself to set") {
		t.Errorf("%+v, %v", said, err)
	}
}
