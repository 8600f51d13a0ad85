package presets

import (
	"fmt"
	"net/url"
	"strings"
)

// gitlab writes GitLab's events. What kind an event is stands in the payload.
func gitlab(_ string, p value) text {
	switch kind := p.needFirst("object_kind", "event_name"); kind {
	case "push", "tag_push":
		return gitlabPush(p)
	case "merge_request":
		return gitlabChange(p, "merge request !")
	case "issue", "work_item", "incident":
		return gitlabChange(p, words(kind)+" #")
	case "note":
		return gitlabNote(p)
	case "pipeline":
		return gitlabPipeline(p)
	case "build":
		return gitlabJob(p)
	case "release":
		return gitlabRelease(p)
	default:
		s := "GitLab: " + words(kind)
		if r := p.at("project.path_with_namespace").line(); r != "" {
			s += " in " + r
		}
		if who := p.first("user.name", "user_name"); who != "" {
			s += ", by " + who
		}
		return text{s}
	}
}

func project(p value) string { return p.needFirst("project.path_with_namespace", "project.name") }

func gitlabUser(p value) string { return p.needFirst("user.name", "user.username") }

func gitlabPush(p value) (t text) {
	who := p.needFirst("user_name", "user_username")
	kind, name := refOf(p.need("ref"))
	before, after := p.at("before").line(), p.at("after").line()
	commits := p.at("commits").items()
	n := max(int64(len(commits)), p.number("total_commits_count"))
	switch {
	case nothing(after):
		t.say("%s deleted %s %s of %s", who, kind, name, project(p))
		return t
	case kind == "tag":
		t.say("%s pushed the new tag %s to %s", who, name, project(p))
	case nothing(before):
		t.say("%s pushed the new branch %s with %s to %s", who, name, count(n, "commit"), project(p))
	default:
		t.say("%s pushed %s to %s of %s", who, count(n, "commit"), name, project(p))
	}
	t.listed(commits, int(n), commitPoint)
	site := p.link("project.web_url")
	switch {
	case site == "":
	case kind == "tag":
		t.add(site + "/-/tags/" + url.PathEscape(name))
	case nothing(before) || before == "" || after == "":
		t.add(site + "/-/commits/" + url.PathEscape(name))
	default:
		t.add(site + "/-/compare/" + url.PathEscape(before) + "..." + url.PathEscape(after))
	}
	return t
}

var gitlabVerbs = map[string]string{
	"open": "opened", "close": "closed", "reopen": "reopened", "update": "updated", "merge": "merged",
	"approved": "approved", "approval": "approved", "unapproved": "took back the approval of", "unapproval": "took back the approval of",
}

// gitlabChange is something done with an issue or a merge request.
func gitlabChange(p value, thing string) (t text) {
	x := p.at("object_attributes")
	name := fmt.Sprintf("%s%s in %s: %s", thing, x.need("iid"), project(p), x.need("title"))
	action := x.needFirst("action", "state")
	if verb := gitlabVerbs[action]; verb != "" {
		t.say("%s %s %s", gitlabUser(p), verb, name)
	} else {
		t.say("%s (%s by %s)", capital(name), words(action), gitlabUser(p))
	}
	if from, to := x.at("source_branch").line(), x.at("target_branch").line(); from != "" && to != "" {
		t.say("%s into %s", from, to)
	}
	if action == "open" {
		t.quote(x.at("description"))
	}
	t.add(x.link("url"))
	return t
}

// gitlabNote is a comment.
func gitlabNote(p value) (t text) {
	x := p.at("object_attributes")
	what := words(strings.ToLower(x.need("noteable_type"))) //nolint:misspell // GitLab spells it so
	switch what {
	case "mergerequest":
		what = fmt.Sprintf("merge request !%s in %s: %s", p.need("merge_request.iid"), project(p), p.need("merge_request.title"))
	case "issue":
		what = fmt.Sprintf("issue #%s in %s: %s", p.need("issue.iid"), project(p), p.need("issue.title"))
	case "commit":
		what = fmt.Sprintf("commit %s in %s: %s", head(p.need("commit.id"), 7), project(p), subject(p.at("commit.message")))
	default:
		what = fmt.Sprintf("a %s in %s", what, project(p))
	}
	t.say("%s commented on %s", gitlabUser(p), what)
	t.quote(x.at("note"))
	t.add(x.link("url"))
	return t
}

var gitlabStates = map[string]string{
	"success": "succeeded", "failed": "failed", "canceled": "was cancelled", "canceling": "is being cancelled", "running": "is running",
	"pending": "is waiting for a runner", "created": "was created", "skipped": "was skipped", "manual": "waits for somebody to start it",
	"scheduled": "is scheduled", "preparing": "is being prepared", "waiting_for_resource": "is waiting for a resource",
}

func gitlabState(status string) string {
	if s := gitlabStates[status]; s != "" {
		return s
	}
	return "is " + words(status)
}

func gitlabPipeline(p value) (t text) {
	x := p.at("object_attributes")
	name := "Pipeline #" + x.need("id")
	if s := x.at("name").line(); s != "" {
		name = s + " (pipeline #" + x.need("id") + ")"
	}
	s := fmt.Sprintf("%s %s on %s of %s", name, gitlabState(x.need("status")), x.need("ref"), project(p))
	if d := x.number("duration"); d > 0 {
		s += " after " + span(seconds(d))
	}
	t.add(s)
	if c := p.at("commit"); c.at("message").raw() != "" {
		t.add(commitPoint(c))
	}
	t.add(failedJobs(p.at("builds").items()))
	if link := x.link("url"); link != "" {
		t.add(link)
	} else if site := p.link("project.web_url"); site != "" {
		t.add(site + "/-/pipelines/" + url.PathEscape(x.need("id")))
	}
	return t
}

// failedJobs names the jobs because of which a pipeline failed.
func failedJobs(jobs []value) string {
	var failed []string
	for _, j := range jobs {
		if j.at("status").line() != "failed" {
			continue
		}
		name := j.at("name").line()
		if j.yes("allow_failure") {
			name += " (may fail)"
		}
		failed = append(failed, name)
	}
	if len(failed) == 0 {
		return ""
	}
	s := "Failed: " + strings.Join(failed[:min(len(failed), maxItems)], ", ")
	if n := len(failed) - maxItems; n > 0 {
		s += fmt.Sprintf(" and %d more", n)
	}
	return s
}

func gitlabJob(p value) (t text) {
	s := fmt.Sprintf("Job %s %s on %s of %s", p.need("build_name"), gitlabState(p.need("build_status")), p.need("ref"),
		p.needFirst("project.path_with_namespace", "project_name"))
	if why := p.at("build_failure_reason").line(); p.at("build_status").line() == "failed" && why != "" && why != "unknown_failure" {
		s += ": " + words(why)
	}
	t.add(s)
	if site := p.link("project.web_url"); site != "" {
		t.add(site + "/-/jobs/" + url.PathEscape(p.need("build_id")))
	}
	return t
}

func gitlabRelease(p value) (t text) {
	verb := map[string]string{"create": "was made", "update": "was changed", "delete": "was deleted"}[p.need("action")]
	if verb == "" {
		verb = "had something done to it"
	}
	tag := p.need("tag")
	s := fmt.Sprintf("Release %s of %s %s", tag, project(p), verb)
	if name := p.at("name").line(); name != "" && name != tag {
		s += ": " + name
	}
	t.add(s)
	if p.at("action").line() == "create" {
		t.quote(p.at("description"))
	}
	t.add(p.link("url"))
	return t
}
