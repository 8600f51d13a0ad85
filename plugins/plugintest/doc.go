// Package plugintest tests a plugin with a transcript of a chat: what happened,
// and everybody who saw what the plugin said about it.
//
//	# Answers are for the owner and the admins.
//	bot owner, admin, sender
//	options {"points": 2}
//	group ann owner, bo admin, cy, dee
//
//	> cy: answers {"question": "q1", "answer": "B"}
//	< ann bo: cy answered q1: B
//	| Score board: nobody has points yet.
//	< cy: Thank you.
//
//	> answers {"question": "q1"}
//	! payload of answers: user: is missing
//
//	+24h
//	~ bo member
//	> board
//	< ann: Score board: nobody has points yet.
//
// [Play] plays the events and writes down what comes of them, through the same
// code that resolves audiences when the message is real. The file must then be
// the same from the first line to the last. So who must not see something is
// tested without being written: a name too many is a difference.
// With UPDATE=1 in the environment the file is rewritten for review instead.
// "botd test" plays transcripts without any Go, by [Read] and [Transcript.Play].
//
// The lines, by how they begin:
//
//	#                     a comment; so is an empty line
//	plugin quiz           what "botd test" plays it with, as plugin: says it in a
//	                      configuration; "quiz isolate" in a process of its own. It
//	                      may be there several times
//	use bots.yaml quiz    that it is played with this bot of a configuration, which
//	                      begins at the transcript's folder, in its first group or in
//	                      the one that is named after it; no bot, options and
//	                      plugin lines stand beside it
//	bot owner, user cy    the widest the bot can reach: everyone, owner, admin,
//	                      member, sender, user X, not X; everyone if left out
//	options {…}           the plugin's options, as JSON
//	time 2026-01-05T…     when it begins; this, a Monday at nine, if left out
//	group ann, bo team=red  what is known of members: fields of the application, card=,
//	                      joined= and spoke=, the last two as 2026-01-02T09:00:00Z
//	group ann owner, bo   who is in the group: name and role, or name alone for
//	                      a plain member
//	> trigger {…}         a webhook with this payload
//	> trigger/push {…}    the same, of this type in its sender's words
//	> trigger@ci {…}      the same, with use, from the sender with this credential; of
//	                      those that the hook takes, the first if left out
//	> trigger @a.json     the same with the payload in that file, which begins at the
//	                      transcript's folder
//	> trigger             a schedule, or whatever comes without a payload
//	> cy: trigger {…}     the same with a sender, who must be in the group
//	> cy: /extend 30      cy typed this; it begins with a slash
//	> cy says 30 please   cy typed the rest of the line, whatever that is. With use
//	                      these come by the triggers that wait for them; of what is
//	                      held the sender is told first
//	> cy to bot: hello    with use, cy wrote this to the bot's account alone
//	> cy @bot: hello      with use, cy named the bot in the group
//	> cy joined           the chat service says that cy came; "left" that cy went,
//	                      and "changed" that cy has another role. What is not so is
//	                      not told to the plugin
//	< ann bo: text        a message and everybody who saw it, sorted; "nobody"
//	                      if nobody did. Before the colon may stand [high] or
//	                      [low], [expires 30m0s] from now, [collapse key], and how
//	                      it ended, if it was not sent, such as [refused]
//	! text                why the plugin failed, in a line, or why its answer is refused;
//	                      nothing was said and nothing remembered. With use, also why
//	                      a webhook comes to no event
//	@ closes in 10m0s {…} a timer was set, by the event above, with this payload;
//	                      "@ closes/q1", with its key; "for cy", with that sender
//	@ closes off          a timer was cancelled, or was not there
//	@ closes comes        it comes, while time passes; below is what came of it
//	= told comes: sent, 2 of 2 reached {…}
//	                      the plugin is told how a message above ended, with what
//	                      it wanted to be told; below is what came of it
//	= seen as: text       the group sees this in place of what was written
//	% next failed         how the next message ends that is for somebody: failed,
//	                      refused, expired, unknown (they may have it or not), or
//	                      partly (all but the last of them have it)
//	+24h                  time passes, with the timers that come meanwhile
//	@ evening strikes     and, with use, the schedules; below is what came of it
//	~ bo member           bo has this role now
//	~ eli joins           eli is a plain member now; "joins admin" for a role
//	~ cy leaves           cy is not in the group any more. With use, what these say
//	                      comes by the triggers that wait for it
//	| more                the line above goes on
//
// What the plugin keeps of the group, and of each member in the session of their
// events, it finds again in later events, the session for a day after it last
// changed.
//
// Elements other than text are written as their JSON. Each event is handled
// twice with the same state, and a plugin that answers differently the second
// time fails: it uses a clock, chance or memory of its own, and would say
// something else when an event is tried again.
package plugintest
