// Package problem writes errors over HTTP as RFC 9457 describes them, so that
// the public and the admin listener answer alike.
package problem

import (
	"encoding/json"
	"net/http"
)

// ContentType is the media type of a [Details].
const ContentType = "application/problem+json"

// Details is what a caller is told when a request fails: what is wrong and what
// to do about it, and nothing of how botd works inside.
type Details struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Request is the id of this request, to be quoted when asking about it.
	Request string `json:"request_id,omitempty"`
	// Mistakes are those in a file that is refused.
	Mistakes []Mistake `json:"mistakes,omitempty"`
}

// Mistake is one thing that is wrong with a file, and where.
type Mistake struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`   // from 1; zero when it has no place in the file
	Column int    `json:"column,omitempty"` // from 1; zero as Line
	Path   string `json:"path,omitempty"`   // of the key, as "bots.quiz.on"; empty for the file as a whole
	What   string `json:"what"`
	Remedy string `json:"remedy,omitempty"`
	// Excerpt is lines that show the place within a text, with a caret under it.
	Excerpt string `json:"excerpt,omitempty"`
}

// Write answers with d. An empty Title is the status's own text.
func Write(w http.ResponseWriter, d Details) {
	if d.Title == "" {
		d.Title = http.StatusText(d.Status)
	}
	// Details has only strings and numbers, so encoding cannot fail.
	body, _ := json.Marshal(d)
	h := w.Header()
	h.Set("Content-Type", ContentType)
	h.Set("Cache-Control", "no-store") // an error says how it is now
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(d.Status)
	_, _ = w.Write(append(body, '\n')) // the caller may be gone; there is nobody to tell
}
