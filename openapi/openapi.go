// Package openapi has the words in which a listener says what it answers. What
// is said of an address stands beside the code that answers there, and the
// documents under docs/reference, which the listeners serve at /openapi.json,
// are made of it. They are OpenAPI 3.1.
//
// It holds no more than these words: internal/apidoc makes documents of them,
// and holds requests and answers against a document.
package openapi

import (
	"net/url"
	"slices"
)

// API is all that one listener answers.
type API struct {
	Title  string
	About  string // Markdown
	Tags   []Tag  // in the order in which they are read
	Routes []Route
	// Problem is a value of the type that failures are told in, as
	// application/problem+json.
	Problem any
	// Bearer says what the token is that routes which are not Open ask for.
	// Empty: there is no such token.
	Bearer string
	// Headers are those that failures bring along, by status; those of 0 come
	// with every answer.
	Headers map[int][]Param
}

// Tag is a name under which routes stand together.
type Tag struct{ Name, About string }

// Route is one method at one address.
type Route struct {
	Method string
	Path   string // what changes in it is written :name
	Operation
}

// Operation is what is told of a route. Does, Tag and Answers are required.
type Operation struct {
	Does string // one line, of what the caller gets: "Lists events, newest first"
	More string // further sentences, as Markdown
	Tag  string
	// Open says that it asks for no token.
	Open    bool
	Params  []Param
	Body    *Body // nil: none
	Answers []Answer
	// Fails says when a status is answered that tells of a failure.
	Fails map[int]string
}

// Knows reports the first of a query's parameters that the operation has not;
// ok is false if there is one.
func (o Operation) Knows(q url.Values) (unknown string, ok bool) {
	for name := range q {
		if !slices.ContainsFunc(o.Params, func(p Param) bool { return p.In == Query && p.Name == name }) {
			return name, false
		}
	}
	return "", true
}

// Named are the names of its parameters that stand in the query.
func (o Operation) Named() (names []string) {
	for _, p := range o.Params {
		if p.In == Query {
			names = append(names, p.Name)
		}
	}
	return names
}

// Place is where a parameter stands.
type Place string

// The places.
const (
	Path   Place = "path"
	Query  Place = "query"
	Header Place = "header"
)

// Param is a parameter of a request, or a header of an answer.
type Param struct {
	In    Place // of a header of an answer: nothing else makes sense
	Name  string
	Is    any // a [Schema], an [Either], or a value of the type whose schema it has
	About string
	// Required is true of all that stands in a path.
	Required bool
}

// Schema is a JSON schema as it is written.
type Schema map[string]any

// Either is, where a schema is, one of the schemas of its values.
type Either []any

// Body is what a request brings.
type Body struct {
	About string
	// Types are its media types; none is application/json.
	Types []string
	// Is is a [Schema], or a value of the type that the body is read into.
	Is any
	// Fields, if there are any, are those that count of the type's. There are no
	// others.
	Fields   []string
	Required bool
	Example  any // nil: none
}

// Answer is what is answered when all is well.
type Answer struct {
	Status int
	About  string
	// Type is the media type; empty is application/json.
	Type string
	// Is is a [Schema], an [Either], a value of the type that is written, or nil:
	// nothing is said of what it looks like.
	Is      any
	Headers []Param
	Example any // nil: none
}
