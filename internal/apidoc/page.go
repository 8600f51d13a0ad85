package apidoc

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/botd-chat/botd/openapi"
)

// Page is an API for people: what there is, what it takes and what it answers.
// What the fields of answers mean stands in the document, which is that of this name.
func Page(api openapi.API, name string) []byte {
	document := "openapi-" + name + ".json"
	var b strings.Builder
	title := strings.TrimPrefix(api.Title, "botd: ")
	fmt.Fprintf(&b, "# %s\n\nMade from the code by `make generate`. What each field means is in [the document for tools](%s), which the listener serves at\n`/openapi.json`; "+
		"`botd openapi %s` prints it.\n\n%s\n", strings.ToUpper(title[:1])+title[1:], document, name, api.About)
	if api.Bearer != "" {
		fmt.Fprintf(&b, "\nAll but what is said to be open asks for a token, as `Authorization: Bearer TOKEN`. %s\n", api.Bearer)
	}
	often := frequent(api.Routes)
	if len(often) > 0 {
		b.WriteString("\nMany answer these, which are not told again below:\n\n")
		failures(&b, slices.SortedFunc(maps.Keys(often), func(x, y failure) int { return cmp.Or(x.status-y.status, strings.Compare(x.when, y.when)) }))
	}
	for _, t := range api.Tags {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", t.Name, t.About)
		for _, r := range api.Routes {
			if r.Tag == t.Name {
				section(&b, r, often, api.Bearer != "" && r.Open)
			}
		}
	}
	return []byte(b.String())
}

func section(b *strings.Builder, r openapi.Route, often map[failure]bool, open bool) {
	fmt.Fprintf(b, "\n### `%s %s`\n\n%s.", r.Method, template(r.Path), r.Does)
	if r.More != "" {
		b.WriteString(" " + r.More)
	}
	if open {
		b.WriteString(" Open.")
	}
	b.WriteString("\n\n")
	for _, p := range r.Params {
		fmt.Fprintf(b, "- `%s` (%s): %s%s\n", p.Name, p.In, p.About, allowed(p.Is))
	}
	if r.Body != nil {
		fmt.Fprintf(b, "- body: %s", r.Body.About)
		if len(r.Body.Fields) > 0 {
			fmt.Fprintf(b, " Its fields: `%s`.", strings.Join(slices.Sorted(slices.Values(r.Body.Fields)), "`, `"))
		}
		b.WriteString("\n")
	}
	for _, a := range r.Answers {
		fmt.Fprintf(b, "- %d %s: %s\n", a.Status, http.StatusText(a.Status), a.About)
	}
	var own []failure
	for _, status := range slices.Sorted(maps.Keys(r.Fails)) {
		if f := (failure{status, r.Fails[status]}); !often[f] {
			own = append(own, f)
		}
	}
	failures(b, own)
}

// failure is an answer that tells of one.
type failure struct {
	status int
	when   string
}

func failures(b *strings.Builder, list []failure) {
	for _, f := range list {
		fmt.Fprintf(b, "- %d %s: %s\n", f.status, http.StatusText(f.status), f.when)
	}
}

// frequent are the failures that at least a third of many routes have.
func frequent(routes []openapi.Route) map[failure]bool {
	count, often := map[failure]int{}, map[failure]bool{}
	for _, r := range routes {
		for status, when := range r.Fails {
			f := failure{status, when}
			if count[f]++; count[f] >= max(5, len(routes)/3) {
				often[f] = true
			}
		}
	}
	return often
}

// allowed are the values that a schema names.
func allowed(is any) string {
	schema, ok := is.(openapi.Schema)
	if !ok || schema["enum"] == nil {
		return ""
	}
	return fmt.Sprintf(" One of %v.", strings.ReplaceAll(strings.Trim(fmt.Sprint(schema["enum"]), "[]"), " ", ", "))
}
