package apidoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/botd-chat/botd/openapi"
	"github.com/botd-chat/botd/problem"
)

// Document is an API as OpenAPI 3.1.
func Document(api openapi.API) ([]byte, error) {
	source, err := newSource()
	if err != nil {
		return nil, err
	}
	b := builder{api, &schemas{source, object{}, map[string]bool{}}, object{}}
	failure, err := b.of(api.Problem, false)
	if err != nil {
		return nil, err
	}
	paths, err := b.paths(failure)
	if err != nil {
		return nil, err
	}
	var tags []object
	for _, t := range api.Tags {
		tags = append(tags, object{"name": t.Name, "description": t.About})
	}
	doc := object{
		"openapi": "3.1.0",
		"info": object{"title": api.Title, "version": "1", "description": api.About,
			"license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"}},
		"tags": tags, "paths": paths, "components": b.components(),
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return nil, fmt.Errorf("writing the document: %w", err)
	}
	return text.Bytes(), nil
}

type builder struct {
	openapi.API
	*schemas
	failures object // answers that tell of one, by a name
}

func (b builder) components() object {
	c := object{"schemas": b.named, "responses": b.failures}
	if b.Bearer != "" {
		c["securitySchemes"] = object{"token": object{"type": "http", "scheme": "bearer", "description": b.Bearer}}
	}
	return c
}

func (b builder) paths(failure any) (object, error) {
	paths := object{}
	for _, r := range b.Routes {
		path := template(r.Path)
		item, ok := paths[path].(object)
		if !ok {
			item = object{}
			paths[path] = item
		}
		o, err := b.operation(r, failure)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", r.Method, r.Path, err)
		}
		item[strings.ToLower(r.Method)] = o
	}
	return paths, nil
}

// template is a path as OpenAPI writes it: {name} for :name.
func template(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

func (b builder) operation(r openapi.Route, failure any) (object, error) {
	if r.Does == "" || r.Tag == "" || len(r.Answers) == 0 {
		return nil, fmt.Errorf("say what it does, under which tag, and what it answers")
	}
	o := object{"operationId": operationID(r), "summary": r.Does, "tags": []string{r.Tag}}
	if r.More != "" {
		o["description"] = r.More
	}
	if b.Bearer != "" && !r.Open {
		o["security"] = []object{{"token": []string{}}}
	}
	params, err := b.params(r)
	if err != nil {
		return nil, err
	}
	if len(params) > 0 {
		o["parameters"] = params
	}
	if r.Body != nil {
		if o["requestBody"], err = b.body(*r.Body); err != nil {
			return nil, err
		}
	}
	o["responses"], err = b.responses(r, failure)
	return o, err
}

// operationID is the method and the path in one word.
func operationID(r openapi.Route) string {
	words := strings.FieldsFunc(strings.TrimPrefix(r.Path, "/v1"), func(c rune) bool { return strings.ContainsRune("/:-.", c) })
	id := strings.ToLower(r.Method)
	for _, w := range words {
		id += strings.ToUpper(w[:1]) + w[1:]
	}
	return id
}

func (b builder) params(r openapi.Route) ([]object, error) {
	var all []object
	told := map[string]bool{}
	for _, p := range r.Params {
		schema, err := b.of(p.Is, true)
		if err != nil {
			return nil, err
		}
		told[p.Name] = p.In == openapi.Path || told[p.Name]
		one := object{"in": p.In, "name": p.Name, "description": p.About, "schema": schema}
		if p.Required || p.In == openapi.Path {
			one["required"] = true
		}
		all = append(all, one)
	}
	for part := range strings.SplitSeq(r.Path, "/") {
		if name, ok := strings.CutPrefix(part, ":"); ok && !told[name] {
			return nil, fmt.Errorf("say among the parameters what %s is", part)
		}
	}
	return all, nil
}

func (b builder) body(body openapi.Body) (object, error) {
	schema, err := b.some(body.Is, body.Fields)
	if err != nil {
		return nil, err
	}
	media := object{"schema": schema}
	if body.Example != nil {
		media["example"] = body.Example
	}
	content := object{}
	for _, t := range append([]string{}, body.Types...) {
		content[t] = media
	}
	if len(content) == 0 {
		content["application/json"] = media
	}
	return object{"description": body.About, "content": content, "required": body.Required}, nil
}

func (b builder) responses(r openapi.Route, failure any) (object, error) {
	all := object{}
	for _, a := range r.Answers {
		one := object{"description": a.About}
		if err := b.headers(one, slices.Concat(a.Headers, b.Headers[0])); err != nil {
			return nil, err
		}
		if a.Status != http.StatusNoContent {
			media := object{}
			if a.Is != nil {
				schema, err := b.of(a.Is, false)
				if err != nil {
					return nil, err
				}
				media["schema"] = schema
			}
			if a.Example != nil {
				media["example"] = a.Example
			}
			kind := a.Type
			if kind == "" {
				kind = "application/json"
			}
			one["content"] = object{kind: media}
		}
		all[strconv.Itoa(a.Status)] = one
	}
	for _, status := range slices.Sorted(maps.Keys(r.Fails)) {
		when := r.Fails[status]
		one := object{"description": when, "content": object{problem.ContentType: object{"schema": failure}}}
		if err := b.headers(one, slices.Concat(b.Headers[status], b.Headers[0])); err != nil {
			return nil, err
		}
		all[strconv.Itoa(status)] = b.shared(status, one)
	}
	return all, nil
}

// shared is a reference to a failure, of which many routes have the same.
func (b builder) shared(status int, failure object) object {
	name := strings.NewReplacer(" ", "").Replace(http.StatusText(status))
	for n := 1; ; n++ {
		numbered := name
		if n > 1 {
			numbered += strconv.Itoa(n)
		}
		was, taken := b.failures[numbered]
		if !taken || reflect.DeepEqual(was, failure) {
			b.failures[numbered] = failure
			return object{"$ref": "#/components/responses/" + numbered}
		}
	}
}

func (b builder) headers(of object, list []openapi.Param) error {
	all := object{}
	for _, h := range list {
		schema, err := b.of(h.Is, false)
		if err != nil {
			return err
		}
		one := object{"description": h.About, "schema": schema}
		if h.Required {
			one["required"] = true
		}
		all[h.Name] = one
	}
	if len(all) > 0 {
		of["headers"] = all
	}
	return nil
}
