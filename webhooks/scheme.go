package webhooks

import (
	"encoding/json"
	"net/http"
	"time"
)

// Request is what was sent to a hook, as far as its scheme may look at it.
type Request struct {
	Header http.Header
	// Query is what stands behind the question mark. It is for schemes whose
	// senders put their credential there, and never logged.
	Query string
	Body  []byte // raw
	Now   time.Time
}

// Verifier is how a sender proves who it is.
type Verifier interface {
	// Verify returns an error unless the request comes from somebody who has the
	// secret. The error is for the log and says nothing of secret, signature or
	// body.
	Verify(q *Request) error
	// Challenge is what WWW-Authenticate says to who was refused; empty for
	// schemes that have no name there.
	Challenge() string
}

// Reader says what a request means whose sender is known.
type Reader interface {
	// Takes reports whether a body of this media type can be read, such as
	// "application/json". Its charset is UTF-8 or not given. Empty is no type, or
	// one that nobody could be sure of, and few take that.
	Takes(media string) bool
	// Read says what the request asks for. A body of JSON was found to be
	// exactly one sound value; what Read makes of any other is for it to check,
	// by [checkJSON]. An error of [Unreadable] is told to the sender as 400, and
	// one that is [ErrUnprocessable] as 422.
	Read(q *Request) (Reading, error)
}

// Reading is what a request asks for: that something is kept, or an answer.
type Reading struct {
	// Deliveries are kept together, or none of them. They may be none.
	Deliveries []Delivery
	// Batch says that the sender sent a list, and wants a list of receipts.
	Batch bool
	// Answer, if it is not nil, is said at once and nothing is kept: talk between
	// sender and receiver that is nobody else's.
	Answer *Answer
	// Kept is what the sender is told when its deliveries are kept, in place of
	// receipts; nil is receipts.
	Kept *Answer
}

// Delivery is one thing that a sender has to say.
type Delivery struct {
	// ID is what the sender calls it, the same on each of its retries. Empty: it
	// calls it nothing, and a repeat cannot be told from a new one.
	ID string
	// Within is how long after the first time a repeat is one; zero is for as
	// long as ids are kept. It is for ids that are made of the content, where the
	// same content later is news.
	Within time.Duration
	// Loose says that the payload is signed and the ID is not: whoever captured the
	// request could send it again under another one, and nothing else.
	Loose bool
	// Exact says that the sender keeps to the rules of Idempotency-Key: one id is
	// for one content, and for one request at a time.
	Exact bool
	// Type is the kind of event in the sender's words, such as "push".
	Type    string
	Payload json.RawMessage
}

// Answer is what a sender is told in place of a receipt.
type Answer struct {
	Status int    // zero is 200
	Type   string // of the body
	Body   []byte
}

// Handshaker is a [Reader] whose senders ask for leave before they post, by
// OPTIONS (cloudevents/spec cloudevents/http-webhook.md).
type Handshaker interface {
	// Handshake returns the headers of the answer.
	Handshake(asked http.Header) http.Header
}

// Unreadable says what of an authentic request cannot be read, such as a form
// without its payload. The text is told to the sender and to the log, so it
// quotes nothing.
type Unreadable string

// Error says what cannot be read.
func (u Unreadable) Error() string { return string(u) }

// jsonOnly is for readers of senders that post JSON and nothing else.
type jsonOnly struct{}

// Takes JSON: application/json or any application/…+json.
func (jsonOnly) Takes(media string) bool { return isJSON(media) }
