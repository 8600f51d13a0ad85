// Package simulator is Tencent Cloud Chat on one's own machine: its REST API as
// far as a bot needs it, a world of accounts and groups behind it, and a record
// of every message that every member received.
//
// It answers as the real service does where that is documented, and in the most
// dangerous way where it is not: a message whose recipient list is missing,
// empty or not applicable goes to everybody in the group. A client that passes
// against it has earned it. What the documents leave open can be switched with
// [Modes]; limits are in [Limits]; trouble on the line is made with [Fault].
//
// It tells the application by callbacks what happens ([Callbacks]): what a member
// writes with an app ([Simulator.Say]) waits up to two seconds for a verdict, while
// the rest of the world goes on. [Told] is what the member's app is told, and
// [Message] and [Inbox] are what was seen, by whom, from when until when.
//
// [Simulator.Handler] serves
//
//	POST /v4/{service}/{command}   the REST API, signed with a UserSig
//	GET  /                         the page: one column per member
//	     /sim/...                  the control API, for loopback callers
//
// The control API speaks JSON; what changes something is a POST that answers 204,
// or 400 with {"error": …}, and 409 with "code" and "text" beside it where a member's
// app is told that a message was not sent:
//
//	GET  /sim/inboxes  /sim/inbox/{user}     who received what, and why
//	GET  /sim/messages /sim/groups /sim/calls
//	GET  /sim/stream                         messages as server-sent events
//	POST /sim/groups   {"id","type","name","members":[{"id","role","name_card"}]}
//	POST /sim/accounts {"user"}
//	POST /sim/join     {"group","user","role","name_card"}
//	POST /sim/leave    {"group","user"}      also /sim/destroy {"group"}
//	POST /sim/role     {"group","user","role"}
//	POST /sim/profile  {"group","user","name_card","fields":{"team":"red"},"joined","spoke"}
//	POST /sim/mute     {"group","user","for":"1m"}
//	POST /sim/online   {"user","online":false}
//	POST /sim/speak    {"group" or "to","user","text","mentions","only","random"}
//	GET  /sim/spoken                         what was spoken, and what became of it
//	GET, POST         /sim/callbacks         {"url","token","commands"}, and what was sent
//	GET, POST         /sim/modes             a field each of Modes
//	GET, POST, DELETE /sim/faults            {"direction","api","kind","when","status","code","delay":"4s","spread","count","probability"}
//	GET, POST         /sim/clock             {"advance":"5m"}
//
// Reading tour: gate.go and usersig.go decide who may call, rest.go takes a call
// from the socket to its answer, send.go is send_group_msg, audience.go decides
// who receives it, members.go and groups.go are the reading calls, world.go
// holds accounts and groups, history.go and recall.go read and take back what was
// sent, direct.go and batch.go are one to one, speak.go is what members write,
// bodies.go, courier.go and verdict.go are a callback from its body to what its
// answer decides, tell.go sends those whose answer decides nothing, inbox.go is the
// oracle, control.go and page.go are for people.
//
// The package shares no code with the client, on purpose: two readings of the
// same documents must be able to disagree.
package simulator
