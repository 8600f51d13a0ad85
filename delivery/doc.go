// Package delivery takes messages to the members they are for, and to nobody
// else.
//
// A message waits in its lane until its turn comes. Then its audience is held
// against the group as it is now and becomes one delivery for each fifty
// recipients; each delivery is tried until it has an answer; and when all have
// one, the message leaves the lane and the next has its turn. What is known is
// on disk before the first byte of an attempt leaves, so that a process which
// dies in the middle of one leaves behind what to do about it.
//
// # The states of a delivery
//
//	            ┌──────────── a definite no: wait, new Random ───────────┐
//	            ▼                                                        │
//	resolved ─▶ ready ──begin──▶ on the way ──▶ done, sent               │
//	            ▲ │                 │ │ └────────────────────────────────┘
//	            │ │                 │ └─ a definite no for good ─▶ dead, refused or failed
//	            │ │                 ▼
//	            └─┼─ same Random ─ unclear ─ four minutes over, or somebody
//	              │  same bytes             must not see it any more ─▶ held, unknown
//	              └─ nobody left, or too late ─▶ done, dropped or expired
//
// On the way and unclear are not stored as such: a ready delivery whose Series
// is set had its Random used, and nobody knows with what success. That is also
// what a crash in the middle of an attempt leaves. A definite no to the second
// attempt of a series says nothing about the first, so it never ends a series.
//
// # What the outside can do
//
// A group that cannot be read, a service that cannot be reached and a mistake
// in the configuration make lanes wait; they cost no message its chance. A
// configuration error and a rate of the whole application make all its lanes
// wait, one probe a minute apart ([Worker.Run]).
//
// Reading tour: worker.go takes a message through its steps, resolve.go and
// recheck.go say who, send.go makes the attempts, policy.go, which is pure, what
// follows from an answer, ending.go what a message came to, gate.go and random.go
// are what a process remembers.
package delivery
