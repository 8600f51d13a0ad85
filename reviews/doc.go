// Package reviews is what botd says to those who see a plugin's answers before anybody
// else does, and how it reads what they write about them.
//
// What a plugin answers to an event of a trigger with a [chat.Review] waits as a draft.
// Its reviewers are shown it by a [Sheet], and write /release or /discard in the group,
// which nobody else sees; [Read] reads that. Whoever is none of them is told the same as
// of a draft that there is not, so that nobody learns what waits.
//
// What is for nobody but whoever caused the event is not reviewed ([Split]): it tells
// others nothing, and whoever asks for a notice may be told at once that it is looked at.
// Who that is, the chat service has to say.
package reviews
