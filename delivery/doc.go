// Package delivery takes messages to the members they are for, and to nobody
// else.
//
// A message waits in its lane until its turn comes. Then its audience is held
// against the group as it is now and becomes one delivery for each fifty
// recipients of each of its bodies; each delivery is tried until it has an
// answer; and when all have one, the message leaves the lane and the next has
// its turn. What is known is on disk before the first byte of an attempt leaves,
// so that a process which dies in the middle of one leaves behind what to do
// about it.
//
// # The states of a delivery
//
//	            ┌──────────── a definite no: wait, new Random ───────────┐
//	            ▼                                                        │
//	resolved ─▶ ready ──begin──▶ on the way ──▶ done, sent               │
//	            ▲ │                 │ │ └────────────────────────────────┘
//	            │ │                 │ └─ a definite no for good ─▶ dead, refused or failed
//	            │ │                 ▼
//	            └─┼─ same Random ─ unclear ─┬─ somebody must not see it any more ─▶ held, unknown
//	            ▲ │  same bytes             │
//	            │ │                         └─ four minutes over ─┬─ in the group's history ─▶ done, sent
//	            │ │                                               └─ not there: the bot's rule
//	            │ │                                                  hold ─▶ held, unknown
//	            └─┼─────────────── new Random, once ──────────────── resend
//	              │                                                  assume_sent ─▶ done, sent
//	              └─ nobody left, or too late ─▶ done, dropped or expired
//
// On the way and unclear are not stored as such: a ready delivery whose Series
// is set had its Random used, and nobody knows with what success. That is also
// what a crash in the middle of an attempt leaves. A definite no to the second
// attempt of a series says nothing about the first, so it never ends a series.
// What may have been delivered is ended in one place only (doubt.go).
//
// # What the outside can do
//
// A group that cannot be read, a service that cannot be reached and a mistake
// in the configuration make lanes wait; they cost no message its chance. A
// configuration error and a rate of the whole application make all its lanes
// wait, one probe a minute apart ([Worker.Run]). While the service cannot be
// reached one message at a time tries, with growing pauses, and all others wait
// at the [Gate], at which others who call the service can wait too.
//
// Reading tour: worker.go takes a message through its steps, resolve.go and
// recheck.go say who, newcomers.go who
// joins later, surge.go and collapse.go what does not go after all, send.go makes the attempts, policy.go, which is pure, what
// follows from an answer, doubt.go what becomes of what stays unclear, ending.go
// what a message came to; gate.go, breaker.go and random.go are what a process
// remembers. recall.go takes back what was sent.
package delivery
