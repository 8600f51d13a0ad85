package im

import "time"

// advice is the class of a code as the service's documents sort it
// (product/1047/34348). Whether a failed call may have had its effect is a
// second question, answered by code.unclear.
type advice string

const (
	retryNow   advice = "retry-now"          // repeat at once, then as retryLater
	retryLater advice = "retry-with-backoff" // repeat after 0.5 s, 1 s, 2 s
	limited    advice = "rate-limited"       // not carried out; slow down
	refresh    advice = "refresh-usersig"    // repeat once with a new UserSig
	permanent  advice = "permanent"          // never as it is
	configure  advice = "configuration error"
)

// code is one row of the table, for all codes from first to last.
type code struct {
	first, last int
	advice      advice
	meaning     string
	scope       Scope         // of limited; none is the API
	least       time.Duration // of limited; 0 is leastWait
	unclear     bool          // the call may have had its effect
	unlisted    bool
}

// leastWait is how long to wait at least after a rate was passed.
const leastWait = time.Second

func (c code) wait() time.Duration {
	if c.advice == limited && c.least == 0 {
		return leastWait
	}
	return c.least
}

// outcome is the class that callers act on.
func (c code) outcome() Class {
	switch {
	case c.unclear:
		return Unclear
	case c.advice == limited:
		return Rate
	case c.advice == refresh:
		return Sig
	case c.advice == retryNow, c.advice == retryLater:
		return Retry
	case c.advice == configure:
		return Configuration
	}
	return Permanent
}

// lookup finds the row of a code: a single one before a range, and of ranges the
// last, which is the narrower. A code that is
// not listed is never retried: those of the gateway and of accounts concern the
// caller, and retrying them ends in a lock-out; any other is this request's.
func lookup(n int) code {
	found := code{first: n, last: n, advice: permanent, meaning: "a code that no document lists", unlisted: true}
	if (n >= 60000 && n <= 60999) || (n >= 70000 && n <= 70999) {
		found.advice = configure
	}
	for _, c := range codes {
		if n < c.first || n > c.last {
			continue
		}
		if c.scope == "" && c.advice == limited {
			c.scope = ScopeAPI
		}
		if c.first == c.last {
			return c
		}
		found = c
	}
	return found
}

func one(n int, a advice, meaning string) code {
	return code{first: n, last: n, advice: a, meaning: meaning}
}

func span(first, last int, a advice, meaning string) code {
	return code{first: first, last: last, advice: a, meaning: meaning}
}

// maybe marks a code after which the call may have had its effect.
func maybe(c code) code {
	c.unclear = true
	return c
}

// per sets what was too frequent, and how long to wait at the least.
func (c code) per(s Scope, least time.Duration) code {
	c.scope, c.least = s, least
	return c
}

// codes are the service's error codes (product/1047/34348 and the pages of the
// calls). Where a meaning has a remedy, it is said.
var codes = []code{
	// The gateway.
	one(60002, configure, "the request cannot be parsed"),
	one(60003, permanent, "the request's JSON cannot be parsed"),
	// Newer pages: the account check failed, retry; older ones: the user or the
	// UserSig is wrong. Client makes a new UserSig for the next attempt.
	one(60004, retryLater, "the account check failed"),
	one(60005, retryLater, "the account check failed"),
	one(60006, configure, "the application id (SDKAppID) is invalid"),
	one(60007, limited, "this API is called too often"),
	maybe(one(60008, retryLater, "the service timed out")),
	one(60009, configure, "no such address at the service"),
	one(60010, configure, "the caller is not an administrator of the application: set one in the console"),
	one(60011, limited, "the application calls too often").per(ScopeApp, 0),
	one(60012, configure, "the application id (SDKAppID) is missing"),
	maybe(one(60013, retryLater, "the service could not read its own answer")),
	maybe(one(60014, retryLater, "the account check timed out")),
	one(60015, permanent, "a user id is not a string"),
	one(60016, configure, "the application is disabled"),
	one(60017, configure, "this request is disabled"),
	one(60018, limited, "the application calls too often").per(ScopeApp, 0),
	one(60019, limited, "the application calls too often").per(ScopeApp, 0),
	one(60020, configure, "no plan, or expired or unpaid: look at the console's billing"),
	one(60021, configure, "calls from this address are not allowed: look at the console"),
	one(60025, refresh, "application id, administrator or UserSig is wrong"),
	one(60026, configure, "the application lives in another region: mend the region"),
	one(60027, configure, "the product type does not match"),
	one(60028, configure, "the Trial edition's volume of 24 hours is used up"),
	one(80001, permanent, "the text holds blocked words"),
	one(80002, permanent, "the message is over 12 KB"),
	one(80003, retryLater, "the callback before sending failed, and the console says to block then"),
	one(80004, permanent, "the image is blocked"),
	one(80005, configure, "the service is stopped: expired or unpaid"),

	// UserSig and accounts.
	one(70001, refresh, "the UserSig expired: check this machine's clock"),
	one(70002, refresh, "the UserSig is empty"),
	one(70003, refresh, "the UserSig is malformed"),
	one(70005, refresh, "the UserSig is malformed"),
	one(70009, configure, "the UserSig was made with another key: check the secret key"),
	one(70013, configure, "the UserSig is for another user"),
	one(70014, configure, "the UserSig is for another application"),
	one(70016, configure, "the application has no key, or lives in another region"),
	one(70020, configure, "no such application, or it lives in another region"),
	// More calls prolong it.
	one(70050, limited, "the UserSig was wrong too often; everything pauses").per(ScopeApp, time.Minute),
	one(70051, configure, "the account is on Tencent's block list"),
	one(70107, permanent, "the account does not exist: import it first"),
	one(70114, limited, "logins are too frequent"),
	maybe(one(70169, retryLater, "internal time-out")),
	maybe(one(70202, retryLater, "internal time-out")),
	one(70206, permanent, "wrong size of a batch"),
	one(70398, configure, "too many accounts for the edition"),
	one(70399, permanent, "a deleted account cannot be imported again for 3 months"),
	one(70402, permanent, "invalid parameters"),
	one(70403, configure, "the caller is not an administrator of the application"),
	one(70404, permanent, "the SDK version is too low"),
	maybe(one(70500, retryLater, "internal error")),
	one(71000, configure, "the application does not allow accounts to be deleted"),
	one(72000, configure, "more daily active users than the plan has"),
	one(72001, configure, "user status is not enabled: look at the console"),
	one(72002, configure, "more monthly active users than the plan has"),
	one(72010, limited, "logins are too frequent"),
	one(72011, configure, "a feature is not enabled"),
	one(72012, configure, "a feature is not enabled"),

	// Groups.
	maybe(one(10002, retryLater, "internal error")),
	one(10003, configure, "no such API"),
	one(10004, permanent, "invalid parameter"),
	one(10005, permanent, "too many accounts in one request"),
	one(10006, limited, "too frequent"),
	one(10007, permanent, "no permission, or this type of group does not support it"),
	one(10008, configure, "the request is invalid"),
	one(10009, permanent, "the owner may not leave"),
	one(10010, permanent, "the group does not exist, or was dissolved"),
	one(10011, permanent, "the request's JSON cannot be parsed"),
	one(10012, permanent, "the operator's user id is invalid"),
	one(10013, permanent, "already a member"),
	one(10014, permanent, "the group is full"),
	one(10015, permanent, "the group id is invalid, or there is no such group"),
	one(10016, permanent, "refused by the application's own callback"),
	one(10017, permanent, "the sender is muted in this group"),
	one(10018, permanent, "the answer would be over 1 MB"),
	one(10019, permanent, "an account does not exist"),
	one(10021, permanent, "the group id is taken"),
	one(10023, limited, "too many messages in this group").per(ScopeGroup, 0),
	one(10024, permanent, "the invitation was handled already"),
	one(10025, permanent, "the group id is taken by the caller"),
	one(10026, configure, "the command is disabled for this application"),
	one(10030, permanent, "no such message"),
	one(10031, permanent, "too late to recall"),
	one(10032, permanent, "the message cannot be recalled"),
	one(10033, permanent, "this type of group has no recall"),
	span(10034, 10035, permanent, "this type of message or group has no deletion"),
	span(10036, 10038, configure, "a limit of the edition: groups, or members in a group"),
	one(10041, configure, "recall is switched off for the application"),
	one(10044, permanent, "this type of group has no history"),
	span(10045, 10048, permanent, "a limit of custom attributes"),
	one(10049, limited, "attributes are written too often"),
	one(10050, permanent, "a limit of custom attributes"),
	span(10051, 10052, permanent, "nothing there to delete"),
	one(10053, permanent, "more than 30 mentions"),
	one(10054, permanent, "too many members for one answer"),
	one(10056, retryNow, "attributes were changed meanwhile"),
	one(10058, configure, "the Trial edition's 100 groups are used up"),
	one(10059, configure, "this needs edition Pro, Pro Plus or Enterprise"),
	span(10060, 10062, permanent, "no read receipt for such a message"),
	one(10063, permanent, "a limit of counters"),
	one(10070, permanent, "a limit of pinned messages"),
	span(10100, 10200, permanent, "refused by the application's own callback"),
	one(11000, configure, "Community is not enabled: look at the console"),
	span(110006, 110014, permanent, "permission groups and topics"),
	one(110007, retryNow, "changed meanwhile"),

	// One-to-one messages and other services.
	one(20001, permanent, "the request is invalid"),
	one(20002, refresh, "the UserSig expired"),
	one(20003, permanent, "the sender or a recipient is invalid or missing"),
	maybe(one(20004, retryNow, "network trouble inside the service")),
	maybe(one(20005, retryLater, "internal error")),
	one(20006, permanent, "refused by the application's own callback"),
	one(20007, permanent, "blocked by the recipient"),
	one(20008, configure, "sender and recipient belong to different applications"),
	span(20009, 20012, permanent, "not friends, or muted"),
	one(20016, permanent, "too late to recall"),
	one(20018, retryLater, "internal error"),
	span(20022, 20023, permanent, "no such message, or recalled already"),
	span(20027, 20028, retryNow, "changed meanwhile"),
	one(22006, limited, "too frequent"),
	one(22007, configure, "more daily senders than the plan has"),
	span(30001, 30614, permanent, "friends: refused"),
	span(30004, 30005, configure, "friends: not allowed"),
	span(30006, 30007, retryLater, "friends: internal error or time-out"),
	one(30008, retryNow, "friends: changed meanwhile"),
	one(31704, permanent, "friends: refused"),
	one(31804, permanent, "friends: refused"),
	span(38000, 39000, permanent, "refused by the application's own callback"),
	span(40001, 40610, permanent, "profiles: refused"),
	one(40004, configure, "profiles: not allowed"),
	one(40006, retryLater, "profiles: internal error"),
	span(40007, 40008, configure, "profiles: not allowed"),
	span(50001, 51012, permanent, "recent contacts: refused"),
	one(50003, configure, "recent contacts: not allowed"),
	span(50004, 50005, retryLater, "recent contacts: internal error or time-out"),
	one(90001, permanent, "the request's JSON cannot be parsed"),
	one(90002, permanent, "the message's body has a wrong form"),
	one(90003, permanent, "a recipient is missing or of a wrong type"),
	one(90004, permanent, "MsgSeq is invalid"),
	one(90005, permanent, "MsgRandom is invalid"),
	one(90006, permanent, "MsgTimeStamp is invalid"),
	one(90007, permanent, "MsgBody is not an array"),
	one(90008, permanent, "From_Account is invalid"),
	one(90009, configure, "the caller is not an administrator of the application"),
	one(90010, permanent, "the message's body has a wrong form"),
	one(90011, permanent, "more than 500 accounts"),
	one(90012, permanent, "a recipient is not registered"),
	one(90018, permanent, "too many accounts"),
	one(90022, permanent, "push: tags or attributes"),
	one(90024, limited, "pushes are too frequent"),
	one(90026, permanent, "MsgLifeTime is invalid"),
	span(90028, 90029, permanent, "the recipients are not an array, or none"),
	one(90030, permanent, "push: tags or attributes"),
	one(90031, permanent, "SyncOtherMachine is invalid"),
	span(90032, 90034, permanent, "push: tags or attributes"),
	one(90040, permanent, "push: tags or attributes"),
	one(90043, permanent, "OfflinePushInfo is invalid"),
	one(90044, permanent, "MsgLifeTime is invalid"),
	one(90045, configure, "push is not enabled: look at the console"),
	one(90047, configure, "the day's push quota is used up"),
	one(90048, permanent, "an account does not exist"),
	one(90054, permanent, "MsgKey is invalid"),
	one(90055, permanent, "the message is over 12 KB"),
	one(90057, limited, "too many messages to single users in this minute").per(ScopeAPI, time.Minute),
	maybe(one(90992, retryLater, "internal error, or the application's callback answers wrongly")),
	maybe(one(90994, retryLater, "internal error")),
	maybe(one(90995, retryLater, "internal error")),
	maybe(one(91000, retryLater, "internal error")),
	one(91101, permanent, "the web instance was thrown out"),
	one(93000, permanent, "the message is over 12 KB"),
	span(120001, 130000, permanent, "refused by the application's own callback"),

	// Operations data and moderation.
	one(1001, configure, "the address is wrong"),
	one(1002, permanent, "invalid parameters"),
	one(1003, retryLater, "internal error"),
	one(1004, retryLater, "the file is not there yet").per("", time.Minute),
	one(1005, permanent, "the file expired"),
	one(2001, retryLater, "moderation: try later"),
	one(2002, permanent, "moderation: no such command"),
	one(2003, permanent, "moderation: invalid parameters"),
	one(2004, configure, "moderation: not authorised"),
	one(2015, configure, "moderation: not enabled"),
	one(2016, permanent, "moderation: more than 10 words"),
	one(2100, permanent, "moderation: not deleted"),
}
