// Package chat holds the words of botd and nothing else: no I/O, no libraries.
//
// Something happens outside (an [Arrival]) and is stored under a [Receipt] as
// one [EventRecord] for each group it concerns. A plugin is handed the [Event]
// and answers with [Message] values: a body, and an [Audience], which is a rule
// for who may see it. When the message's turn comes, the rule is held against
// the [Membership] of the group and becomes [Recipients], which cannot be
// empty. Each batch of at most [MaxRecipients] of them is a [Delivery], and
// each try to deliver it an [Attempt].
//
// What is stored moves from stand to stand by the table of [Moves], and by
// nothing else.
//
// Events and messages wait in lanes. Whoever works on the head of a lane holds
// its [Lease]; what it did counts only while the lease is still its own.
package chat
