package presets

import (
	"fmt"
	"strings"

	"github.com/botd-chat/botd/plugins"
)

// forge writes the events of GitHub, and those of Gitea and Forgejo, which have
// GitHub's shapes with small differences.
type forge struct{ name, header string }

func (f forge) write(kind string, p value) text {
	switch kind = strings.ToLower(plugins.OneLine(kind, maxLine)); kind {
	case "":
		p.lost.note("the type of the event, which " + f.name + " says in its header " + f.header + " and not in the payload")
		return nil
	case "push":
		return push(p)
	case "pull_request":
		return pullRequest(p)
	case "issues":
		return issue(p)
	case "issue_comment", "pull_request_review_comment":
		return comment(p)
	case "pull_request_review", "pull_request_approved", "pull_request_rejected", "pull_request_comment":
		return review(kind, p)
	case "workflow_run":
		return workflow(p)
	case "release":
		return release(p)
	case "create", "delete":
		return text{fmt.Sprintf("%s %sd %s %s in %s", actor(p), kind, p.need("ref_type"), p.need("ref"), repository(p))}
	}
	return f.other(kind, p)
}

// other is one line about an event whose shape is not known.
func (f forge) other(kind string, p value) text {
	s := fmt.Sprintf("%s: %s", f.name, words(kind))
	if a := p.at("action").line(); a != "" {
		s += ", " + words(a)
	}
	if r := p.at("repository.full_name").line(); r != "" {
		s += " in " + r
	}
	if a := p.at("sender.login").line(); a != "" {
		s += ", by " + a
	}
	return text{s}
}

func repository(p value) string { return p.need("repository.full_name") }

func actor(p value) string { return p.needFirst("sender.login", "sender.username") }

// words writes an_action as people do.
func words(s string) string { return strings.ReplaceAll(plugins.OneLine(s, 60), "_", " ") }

// nothing is the commit that a branch has before it is made and after it is
// deleted.
func nothing(commit string) bool { return commit != "" && strings.Trim(commit, "0") == "" }

// refOf splits the name of what was pushed.
func refOf(ref string) (kind, name string) {
	if tag, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
		return "tag", tag
	}
	return "branch", strings.TrimPrefix(ref, "refs/heads/")
}

func push(p value) (t text) {
	who := p.needFirst("pusher.name", "pusher.login", "pusher.username")
	kind, name := refOf(p.need("ref"))
	commits := p.at("commits").items()
	n := max(int64(len(commits)), p.number("total_commits"))
	created := p.yes("created") || nothing(p.at("before").line())
	switch deleted := p.yes("deleted") || nothing(p.at("after").line()); {
	case deleted:
		t.say("%s deleted %s %s of %s", who, kind, name, repository(p))
		return t
	case kind == "tag" && !created:
		t.say("%s moved the tag %s of %s", who, name, repository(p))
	case kind == "tag" || created && n == 0:
		t.say("%s pushed the new %s %s to %s", who, kind, name, repository(p))
	case created:
		t.say("%s pushed the new branch %s with %s to %s", who, name, count(n, "commit"), repository(p))
	case p.yes("forced"):
		t.say("%s force-pushed %s to %s of %s", who, count(n, "commit"), name, repository(p))
	default:
		t.say("%s pushed %s to %s of %s", who, count(n, "commit"), name, repository(p))
	}
	t.listed(commits, int(n), commitPoint)
	t.add(p.link("compare"))
	t.add(p.link("compare_url"))
	return t
}

// commitPoint is a commit in one line: the first of its message, and whose it is.
func commitPoint(c value) string {
	s := head(c.at("id").line(), 7) + " " + subject(c.at("message"))
	if a := c.first("author.name", "author.username"); a != "" {
		s += " (" + plugins.OneLine(a, 60) + ")"
	}
	return s
}

// subject is the first line of what was written about a commit.
func subject(message value) string {
	first, _, _ := strings.Cut(strings.TrimSpace(plugins.Clean(message.raw())), "\n")
	return plugins.OneLine(first, 120)
}

func pullRequest(p value) (t text) {
	pr := p.at("pull_request")
	action := p.need("action")
	if action == "closed" && pr.yes("merged") {
		action = "merged"
	}
	t.add(did(p, action, "pull request", pr))
	if from, to := pr.at("head.ref").line(), pr.at("base.ref").line(); from != "" && to != "" {
		t.say("%s into %s%s", from, to, changes(pr))
	}
	if action == "opened" {
		t.quote(pr.at("body"))
	}
	t.add(pr.link("html_url"))
	return t
}

// did says who did what with an issue or a pull request.
func did(p value, action, thing string, x value) string {
	name := fmt.Sprintf("%s #%s in %s: %s", thing, x.need("number"), repository(p), x.need("title"))
	switch action {
	case "opened", "closed", "reopened", "merged", "edited", "assigned", "labeled", "locked", "unlocked", "deleted", "transferred":
		return fmt.Sprintf("%s %s %s", actor(p), action, name)
	case "synchronize", "synchronized":
		return fmt.Sprintf("%s pushed to %s", actor(p), name)
	case "ready_for_review":
		return fmt.Sprintf("%s marked as ready %s", actor(p), name)
	}
	return fmt.Sprintf("%s (%s by %s)", capital(name), words(action), actor(p))
}

func changes(pr value) string {
	if pr.at("changed_files").raw() == "" {
		return ""
	}
	return fmt.Sprintf(": %s, +%s −%s", count(pr.number("changed_files"), "file"), thousands(pr.number("additions")), thousands(pr.number("deletions")))
}

func issue(p value) (t text) {
	x := p.at("issue")
	action := p.need("action")
	first := did(p, action, "issue", x)
	if reason := x.at("state_reason").line(); action == "closed" && reason != "" {
		first += " (" + words(reason) + ")"
	}
	t.add(first)
	if action == "opened" {
		t.quote(x.at("body"))
	}
	t.add(x.link("html_url"))
	return t
}

func comment(p value) (t text) {
	x, thing := p.at("issue"), "issue"
	if x.at("pull_request").v != nil || p.yes("is_pull") {
		thing = "pull request"
	}
	if pr := p.at("pull_request"); pr.v != nil {
		x, thing = pr, "pull request"
	}
	verb := "commented on"
	if action := p.need("action"); action != "created" {
		verb = words(action) + " a comment on"
	}
	t.say("%s %s %s #%s in %s: %s", actor(p), verb, thing, x.need("number"), repository(p), x.need("title"))
	t.quote(p.at("comment.body"))
	t.add(p.at("comment").link("html_url"))
	return t
}

func review(kind string, p value) (t text) {
	pr := p.at("pull_request")
	verb := map[string]string{
		"approved": "approved", "pull_request_approved": "approved",
		"changes_requested": "asked for changes to", "pull_request_rejected": "asked for changes to",
		"dismissed": "dismissed a review of",
	}[strings.ToLower(p.at("review.state").line())]
	if verb == "" {
		verb = map[string]string{"pull_request_approved": "approved", "pull_request_rejected": "asked for changes to"}[kind]
	}
	if verb == "" {
		verb = "reviewed"
	}
	t.say("%s %s pull request #%s in %s: %s", actor(p), verb, pr.need("number"), repository(p), pr.need("title"))
	t.quote(p.at("review.body"))
	t.quote(p.at("review.content"))
	if s := p.at("review").link("html_url"); s != "" {
		t.add(s)
	} else {
		t.add(pr.link("html_url"))
	}
	return t
}
