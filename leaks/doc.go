// Package leaks finds what members wrote and others saw although it was to be held, and
// takes it back.
//
// A message that a trigger with hold: true waits for is to be taken out of the group
// before anybody sees it. The service asks once, for two seconds, and shows the message
// when it hears nothing (product/1047/34354): because botd is down or slow, because the
// callback was lost, or because the console is set otherwise. A [Watch] finds such a
// message in the group's history, keeps it as a [chat.Leak] together with the events that
// it should have become, takes it back, and has the admins told.
//
// The history alone is believed. A callback says that there is something to see, and
// where: it is a reason to look now, and what is found there is judged as it stands. So
// one that is forged takes nothing back, and since callbacks get lost, every group is
// looked through now and then as well, and when the watch begins.
//
// How far a group was looked through is its mark: a number up to which every message was
// judged, or is gone. It is stored, so that what was written while botd was down is found
// when it is back, and it never passes a message that could not be judged.
package leaks
