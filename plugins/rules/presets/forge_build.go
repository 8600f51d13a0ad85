package presets

import (
	"fmt"
	"strings"
)

// endings are the conclusions of a run, as what one says of it.
var endings = map[string]string{
	"success": "succeeded", "failure": "failed", "cancelled": "was cancelled", "timed_out": "timed out",
	"skipped": "was skipped", "action_required": "needs somebody to act", "startup_failure": "could not start",
	"neutral": "ended neither well nor badly", "stale": "was given up as stale",
}

// workflow is a run of GitHub's or Gitea's Actions.
func workflow(p value) (t text) {
	run := p.at("workflow_run")
	name := run.first("name", "display_title")
	if name == "" {
		name = p.need("workflow.name")
	}
	ending := endings[run.at("conclusion").line()]
	if ending == "" {
		ending = words(p.need("action"))
	}
	t.say("%s %s on %s of %s", name, ending, run.need("head_branch"), repository(p))
	t.add(runDetails(run))
	if s := subject(run.at("head_commit.message")); s != "" {
		t.say("%s (%s)", s, run.first("head_commit.author.name", "actor.login", "head_sha"))
	}
	t.add(run.link("html_url"))
	return t
}

// runDetails is which run it was, of which attempt, by what and for how long.
func runDetails(run value) string {
	var parts []string
	if n := run.at("run_number").line(); n != "" {
		parts = append(parts, "run "+n)
	}
	if n := run.number("run_attempt"); n > 1 {
		parts = append(parts, fmt.Sprintf("attempt %d", n))
	}
	if e := run.at("event").line(); e != "" {
		parts = append(parts, "by "+words(e))
	}
	if from, to := run.time("run_started_at"), run.time("updated_at"); run.at("conclusion").line() != "" && !from.IsZero() && to.After(from) {
		parts = append(parts, "after "+span(to.Sub(from)))
	}
	return strings.Join(parts, ", ")
}

func release(p value) (t text) {
	r := p.at("release")
	action := p.need("action")
	tag := r.need("tag_name")
	s := fmt.Sprintf("%s %s release %s of %s", actor(p), words(action), tag, repository(p))
	if name := r.at("name").line(); name != "" && name != tag {
		s += ": " + name
	}
	t.add(s)
	if action == "published" || action == "released" || action == "prereleased" {
		t.quote(r.at("body"))
	}
	t.add(r.link("html_url"))
	return t
}
