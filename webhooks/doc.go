// Package webhooks takes in what other systems post: who is it, is it fresh,
// have we had it, what does it say.
//
// A [Hook] is an address and the scheme of one sender. A [Receiver] answers
// POST /hooks/{name} for all of them, on a [Server] with limits to everything.
// What it was sent, it keeps by calling the hook's Accept, and it answers 202
// only after that has returned: a sender that got its 202 may forget the
// webhook, any other must try again.
//
// The order of work is fixed, because each step protects the next one: the
// address decides the scheme, never a header; then method, encoding, type and
// size, before a byte of the body is read; the raw bytes, once; the signature
// over just these bytes, and its age; strict JSON; accept and answer. Errors are
// problem details (RFC 9457). Whoever could not be authenticated learns nothing
// about why, which stands in the log instead. Nothing of a body, a signature, a
// secret or a query string is ever logged.
package webhooks
