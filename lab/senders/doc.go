// Package senders lets real programs post to a whole botd: Debian's
// Alertmanager, and a Gitea that is built for it (make senders).
//
// Each test has a house of its own: the simulated chat service, with one group,
// and the program botd with a configuration as an operator writes it. Who
// received what is read from the inboxes of the service, of everybody in the
// group, so that a message too many or to somebody else fails without being
// written as a case.
//
// What other libraries sign and check is compared with ours in webhooks; here
// it is their programs that decide when to post, when to try again, and what.
package senders
