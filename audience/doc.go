// Package audience finds out who a message is for.
//
// [Resolve] holds a rule and the bot's own audience, its ceiling, against a
// reading of the group and decides about each member, with a reason for a
// person to read. It does no I/O, so a preview, a dry run and the real thing
// are the same call. [Qualifies] is the same question about one member. [Of]
// asks both of a message, and which of its texts each gets.
//
// [Directory] keeps the readings: it asks the service who is in a group and in
// which role, remembers the answer for a few seconds, and would rather fail
// than guess. A failed or contradictory reading is an error and never an empty
// or a partial list.
package audience
