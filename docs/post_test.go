package docs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/need"
	"github.com/botd-chat/botd/webhooks"
)

// TestTheSendersOfTheTutorialAreBelieved runs each of them, as it is printed,
// against the real receiver.
func TestTheSendersOfTheTutorialAreBelieved(t *testing.T) {
	const answered = `{"user": "dave", "question": "q1", "answer": "B"}`
	examples, err := filepath.Abs("examples/post")
	if err != nil {
		t.Fatal(err)
	}
	post := filepath.Join(t.TempDir(), "post")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", post, "./examples/post").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, c := range []struct {
		name, body, id string // an empty id is one that differs each time
		command        []string
	}{
		{"a token, with curl", `{"text": "The build is red. Uma is on it.", "except": ["uma"]}`, "build-4711", []string{"sh", filepath.Join(examples, "bearer.sh")}},
		{"a signature, in a shell", answered, "", []string{"sh", filepath.Join(examples, "signed.sh")}},
		{"a signature, in Python", answered, "", []string{"python3", filepath.Join(examples, "post.py")}},
		{"a signature, in Go", answered, "answer-4711", []string{post}},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := need.Program(t, "curl, openssl or python3", c.command[0])
			got := make(chan webhooks.Received, 1)
			url, folder := receiver(t, got)
			cmd := exec.CommandContext(t.Context(), program, c.command[1:]...)
			cmd.Dir, cmd.Env = folder, append(os.Environ(), "BOTD="+url)
			out, err := cmd.CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte("e17")) {
				t.Fatalf("%v\n%s", err, out)
			}
			checkReceived(t, <-got, c.body, c.id)
		})
	}
}

func checkReceived(t *testing.T, r webhooks.Received, body, id string) {
	t.Helper()
	var got, want any
	if json.Unmarshal(r.Body, &got) != nil || json.Unmarshal([]byte(body), &want) != nil || !same(got, want) {
		t.Errorf("received %s", r.Body)
	}
	if got := r.Deliveries[0].ID; got == "" || (id != "" && got != id) {
		t.Errorf("received under the id %q", got)
	}
}

func same(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}

// receiver starts what a sender of the tutorial posts to. Its folder holds the
// secrets, as the tutorial has them.
func receiver(t *testing.T, got chan<- webhooks.Received) (url, folder string) {
	t.Helper()
	const token = "a-token-for-this-test-alone"
	secret := webhooks.NewSecret()
	accept := func(_ context.Context, r webhooks.Received) ([]chat.Receipt, error) {
		got <- r
		return []chat.Receipt{{ID: "r-test", Events: []chat.EventID{17}}}, nil
	}
	signed, err := webhooks.NewHook("quiz", "standard_webhooks", webhooks.Settings{Secrets: []string{secret}}, accept)
	if err != nil {
		t.Fatal(err)
	}
	bearer, err := webhooks.NewHook("standup", "bearer", webhooks.Settings{Secrets: []string{token}}, accept)
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := webhooks.New([]webhooks.Hook{signed, bearer}, webhooks.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(hooks)
	t.Cleanup(server.Close)

	folder = t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "secrets"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"quiz": secret, "standup": token} {
		if err := os.WriteFile(filepath.Join(folder, "secrets", name), []byte(value+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return server.URL, folder
}
