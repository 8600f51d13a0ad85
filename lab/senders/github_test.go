package senders

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// TestGitHubsOwnExamples posts payloads that GitHub's own package has as
// examples, with signatures that GitHub's own library made
// (scripts/signatures).
func TestGitHubsOwnExamples(t *testing.T) {
	t.Parallel()
	var recorded struct {
		Secret     string
		Signatures map[string]string
	}
	if err := json.Unmarshal(file(t, "testdata/github/signatures.json"), &recorded); err != nil {
		t.Fatal(err)
	}
	h := open(t, "{github: {secret_file: secret}}", "preset: github", map[string]string{"secret": recorded.Secret})
	h.start()
	post := func(event, delivery string) int {
		header := http.Header{"X-Hub-Signature-256": {recorded.Signatures[event]}, "X-Github-Event": {event}, "X-Github-Delivery": {delivery}}
		return h.post("in", header, file(t, filepath.Join("testdata/github", event+".json")))
	}
	if code := post("ping", "d0"); code != http.StatusOK {
		t.Errorf("the ping is answered with %d", code)
	}
	for _, event := range []string{"push", "pull_request", "issues", "workflow_run"} {
		for range 2 { // the second time by hand, under the same id
			if code := post(event, "of-"+event); code/100 != 2 {
				t.Errorf("%s is answered with %d", event, code)
			}
		}
	}
	h.heard([]string{"Codertocat", "pushed the new tag simple-tag"}, []string{"Update the README with new information"},
		[]string{"Spelling error in the README file"}, []string{"octo-org/octo-repo"})
}

// post posts a body to a hook of a house, and returns the status.
func (h *house) post(hook string, header http.Header, body []byte) int {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.botd.Hook(hook), bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header = header
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// client keeps no connection, which would outlive its test.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func file(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
