// Package strangers posts thousands of bad requests to a whole botd that has a
// hook of every scheme: nothing of them may be stored, nothing they hold may be
// in the log, each is told what is wrong in the form that the public listener's
// document describes, and none costs memory that stays.
//
// The requests are made from a seed, and written to the socket byte by byte,
// since most of what strangers send no client would. Many are right but for one
// thing; that the rest of them is right is shown at the end, when each sender
// posts as it should and is let in.
package strangers
