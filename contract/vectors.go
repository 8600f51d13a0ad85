package contract

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
)

//go:embed v1
var files embed.FS

// Want is how an event must be taken.
type Want string

// The ways to take an event.
const (
	// Answer is a reply that the contract allows, or a refusal.
	Answer Want = "answer"
	// SameAnswer is the one that another vector's event gets.
	SameAnswer Want = "same answer"
	// Refusal is a status from 400 to 499 with a line of text.
	Refusal Want = "refusal"
	// RefusalOrNothing is a refusal, or a reply without messages.
	RefusalOrNothing Want = "refusal or nothing"
)

// Each says for what an event is repeated.
type Each string

// What an event is repeated for; the empty one is not.
const (
	EachTrigger Each = "trigger" // for the triggers that the plugin knows
	EachTimer   Each = "timer"   // its timers
	EachReport  Each = "report"  // its reports
	EachText    Each = "typed"   // its commands, beside the text that is there
)

// EventVector is something that a plugin is asked.
type EventVector struct {
	Name   string          `json:"-"` // of the file, without .json
	About  string          `json:"about"`
	Each   Each            `json:"each"`
	Want   Want            `json:"want"`
	SameAs string          `json:"same_as"` // the vector that gets the same answer
	Soft   bool            `json:"soft"`    // to take it otherwise is bad manners and no breach
	Event  json.RawMessage `json:"event"`
	Body   string          `json:"body"` // what is sent where there is no event
	// Members and StateBytes are what is put into the event: so many members of the
	// group, and a state of so many bytes.
	Members    int `json:"members"`
	StateBytes int `json:"state_bytes"`
}

// ReplyVector is something that a plugin answers.
type ReplyVector struct {
	Name    string          `json:"-"`
	About   string          `json:"about"`
	Want    string          `json:"want"`    // "taken" or "refused"
	Because string          `json:"because"` // what the refusal says, in part
	Reply   json.RawMessage `json:"reply"`
}

// SignatureVector is a request and whether it is signed well.
type SignatureVector struct {
	About     string `json:"about"`
	Valid     bool   `json:"valid"`
	Key       string `json:"key"`
	Now       int64  `json:"now"` // when it is looked at, in seconds since 1970
	ID        string `json:"id"`
	Timestamp string `json:"timestamp"`
	Signature string `json:"signature"`
	Body      string `json:"body"`
}

// Events are what a plugin is asked, sorted by name, with those last that are
// compared with another.
func Events() []EventVector {
	all := folder("events", func(v *EventVector, name string) { v.Name = name })
	slices.SortStableFunc(all, func(a, b EventVector) int { return strings.Compare(a.SameAs, b.SameAs) })
	return all
}

// Replies are what a plugin may answer and may not, sorted by name.
func Replies() []ReplyVector {
	return folder("replies", func(v *ReplyVector, name string) { v.Name = name })
}

// Signatures are requests that are signed, well and badly.
func Signatures() (all []SignatureVector) {
	must(json.Unmarshal(File("signatures.json"), &all))
	return all
}

// File is one of the files of this version, such as "event.schema.json". It panics
// if there is none.
func File(name string) []byte {
	b, err := files.ReadFile(path.Join("v1", name))
	must(err)
	return b
}

func folder[T any](name string, call func(v *T, name string)) (all []T) {
	entries, err := files.ReadDir(path.Join("v1", name))
	must(err)
	for _, e := range entries {
		var v T
		if err := json.Unmarshal(File(path.Join(name, e.Name())), &v); err != nil {
			panic(fmt.Sprintf("contract: %s/%s: %v", name, e.Name(), err))
		}
		call(&v, strings.TrimSuffix(e.Name(), ".json"))
		all = append(all, v)
	}
	return all
}

// must panics: what is embedded is there, and a test reads all of it.
func must(err error) {
	if err != nil {
		panic("contract: " + err.Error())
	}
}
