package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botd-chat/botd/internal/need"
)

// Who follows the page sees a draft go to its reviewers, and the notice to the others when
// one of them releases it.
func TestThePageOnReviewsIsFollowedToTheLetter(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a botd")
	}
	need.Program(t, "curl", "curl")
	need.Program(t, "openssl", "openssl")
	bin := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "botd"), "../cmd/botd").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	page, err := os.ReadFile("review-before-release.md")
	if err != nil {
		t.Fatal(err)
	}
	recipe, _, ok := strings.Cut(string(page), "\n## What holds\n")
	if !ok {
		t.Fatal("the page does not say what holds")
	}
	c := newClass(t, bin)
	for _, found := range block.FindAllStringSubmatch(recipe, -1) {
		c.block(found[1], found[2], found[3])
	}
	const notice = "The report of the week is due on Friday."
	for user, want := range map[string]string{
		"victor": "There is no draft e1 that is yours to decide. Nothing has happened. | " + notice,
		"wendy":  notice, "guest": "",
	} {
		if got := c.received(user); got != want {
			t.Errorf("%s got %q, and not %q", user, got, want)
		}
	}
	draft := c.received("tina")
	if !strings.HasPrefix(draft, "Draft e1 of bot notices, trigger weekly, is for you to review.") || !strings.HasSuffix(draft, "To member, which is 2 members now:\n> "+notice) {
		t.Errorf("tina got %q", draft)
	}
	if got := c.received("uma"); got != draft+" | Draft e1 is released, and goes to those who may see it now." {
		t.Errorf("uma got %q", got)
	}
}
