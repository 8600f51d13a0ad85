// Package disk is a model of a disk, made from what a process asked of one. A
// [Trace] is read from a log of its system calls; [Trace.Cut] says what a power
// cut at any moment could leave: all that was flushed, and of the rest nothing
// that can be relied on. The model is as bad as a disk is allowed to be:
//
//   - a write counts once a flush of its file that began after it has ended;
//   - of the writes that do not count yet, any may be lost, and any may be there
//     in part, by sectors of 512 bytes;
//   - a new or removed name counts once its folder was flushed.
package disk
