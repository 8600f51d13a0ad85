// Package host runs a plugin where the operator placed it.
//
// A placement is a [bots.Plugin]. [Remote] is a plugin that somebody else runs and that
// answers at an address; [Program] is any program that answers on $PORT; [Isolated] is a
// plugin that is compiled in, in a process of its own from the same binary. To all of
// them an event is posted as JSON and the answer is read strictly, as
// [plugins.ReadReply] has it; a plugin that is compiled in and not isolated needs
// nothing of this package.
//
// # What becomes of an event
//
// An answer of status 200 is a reply. 4xx is the plugin's last word, with its first line
// of text as the reason; 5xx, a reply that is no JSON, and a connection that broke after
// the event went out are tried again. What is not the event's fault makes it wait
// ([bots.ErrAway]) and counts for nothing: a plugin that cannot be reached, or is no
// plugin, or needs what this botd does not offer; 503 and 429, until Retry-After; 401,
// which is a key that differs; and a process that was ended for another event's sake. That a
// plugin gets no more than [bots.AtATime] events at a time is the dispatcher's to see to.
//
// # Processes
//
// A process is started when it is first needed. One that ends is started anew, the first
// time at once and then with growing pauses, until it answers an event. A process that
// does not answer in time is killed with all that it started: nothing else ends an
// endless loop. The other events that were in it wait; when it ends by itself, that is
// held against all that were in it, for any may be the reason.
//
// Between botd and each process stands a keeper, botd's own binary, which reads a pipe
// from botd and kills what it keeps at the end of that. So nothing outlives botd, also
// when botd is killed with -9, and no signal or thread of botd has to be right for it.
// What a process is started with, and what it finds in its environment, is in
// [Command]; what it writes is in botd's log, line by line.
//
//	what is held                        Linux          macOS          an address
//	deadline                            killed         killed         cut off
//	memory of each process              kernel         no             no
//	what it started ends with it        all of it      its group      no
//	it ends when botd is killed         yes            yes            no
//	messages, state, reply of 1 MB      yes            yes            yes
//
// Other systems have placements at addresses alone. A program that has processes calls
// [Child] first in its main.
//
// Reading tour: endpoint.go and answer.go are the wire, remote.go is a plugin at an
// address; program.go says what is started, handler.go keeps one process going,
// process.go is that process as botd sees it, and keeper_unix.go its keeper.
package host
