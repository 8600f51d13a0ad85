// Package store keeps all that botd must not forget: events, messages,
// deliveries and their attempts, what bots remember, and which arrivals were
// seen before.
//
// [Store.Accept] puts an arrival on disk as one event for each of its groups.
// From then on things move in lanes. [Store.TakeEvents] leases the lanes that
// are due and hands out the head of each; [Store.EndEvent] stores what came of
// it, with its messages and the bot's state, in one transaction.
// [Store.TakeMessages], [Store.Begin] and [Store.EndRound] do the same for
// messages and the attempts to deliver them. What nobody has to wait for is
// leased as it is stored and handed on in memory ([Store.HandOn]). A message whose
// plugin wants to be told how it ended leaves an event behind, in the transaction
// that ends it, whoever does.
//
// [Store.Strike] stores what was decided about times of schedules, with the events that
// come of them, in one transaction: a decision counts only while nobody else has decided
// since, and a time makes events once.
//
// A lane is the queue of one bot in one group, or of one group's messages at
// one priority. It is leased as a whole and hands out one thing at a time, so
// what is in it is worked on in the order of acceptance, also through retries.
// Its due_at is schedule, backoff and lease in one: taking the lane moves it a
// lease ahead, so that after a crash it simply falls due again. Its take
// counts up with every lease, and whatever is stored under a lease is stored
// only while take has not moved on ([chat.ErrLeaseLost]).
//
// The only engine today is SQLite, in write-ahead mode and flushed at each
// commit. One goroutine owns the writing connection; what asks while a commit
// runs shares the next one, so that many callers pay for one flush and a lone
// one does not wait. The statements are written in SQL that PostgreSQL
// understands too; what is SQLite's alone is in sqlite.go, writer.go,
// checkpoint.go, space.go, backup.go, restore.go, examine.go, migrate.go and
// migrations/sqlite.
//
// [Store.Retire] deletes what is over, [Store.Erase] takes a person out of it,
// and [Examine] looks whether a store is sound.
package store
