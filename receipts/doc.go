// Package receipts makes the receipts of deliveries and verifies them: for each
// delivery that ended, who was to get it and why, and what came of it, in a form
// that somebody else can check without botd and without its store.
//
// # What a receipt is
//
// A [Body] in canonical JSON, a number in its lane, and a hash over both and the
// hash of the one before. So a lane's receipts are a chain, and whoever knows the
// hash of one knows that all before it are what they were. What is learnt later,
// such as an operator's answer or a recall, becomes a further receipt.
//
//	hash = SHA-256(canonical {"body": hex SHA-256(body), "lane": …, "n": …, "prev": …})
//
// The bytes that are hashed stand in an export as they are. The canonical form is
// that of RFC 8785 without fractions: keys sorted, no spaces, only what must be
// escaped is. So there is one way alone to write a receipt.
//
// # What can be erased
//
// No body names a person. It has an HMAC-SHA-256 of each name under a salt of its
// own, and refers to names by their place in that list; texts that were written
// for people, which may name somebody, are treated alike. Names and salts stand
// beside the body. An erasure takes them away there, and all hashes hold; what was
// decided can still be checked, since rules refer to places too.
//
// The content of a message is an HMAC as well, under a key that stays in the store:
// short texts could otherwise be found by trying.
//
// # Who does what
//
// [Sealer] runs beside the work and asks the store to append receipts. [Export]
// writes chains as lines, and [Verify] reads them: whether each chain is whole, and
// whether each receipt keeps what botd promises.
package receipts
