// Package accounts is about the accounts of the chat service under which bots speak:
// which of them a configuration names, whether they exist, and how they are made.
//
// There are two sorts. An ordinary account is like a person's (product/1047/34953). A
// robot's id begins with @RBT#, members can name it in a group and write to it, and it
// counts against no limit of groups (product/1047/55280).
package accounts
