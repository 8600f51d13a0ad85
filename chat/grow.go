package chat

import "time"

// NewcomerRule says whether somebody who comes to qualify for a message after
// its recipients were found out, and before all of it was sent, gets it too.
type NewcomerRule string

// The rules.
const (
	NewcomersExclude NewcomerRule = "exclude" // they do not
	NewcomersInclude NewcomerRule = "include" // they do, by a reading made before an attempt
)

// NewcomerRules lists all, the default first.
var NewcomerRules = []NewcomerRule{NewcomersExclude, NewcomersInclude}

// SurgeRule says what becomes of a message for far more people than the last one
// of its kind was for.
type SurgeRule string

// The rules.
const (
	SurgeSend SurgeRule = "send" // it is sent
	SurgeHold SurgeRule = "hold" // a person is asked
)

// SurgeRules lists all, the default first.
var SurgeRules = []SurgeRule{SurgeSend, SurgeHold}

// DefaultSurgeFactor is how many times as many people as the last time are too
// many, where nobody says otherwise. A class that doubles is a new term; one
// that is more than three times as large is another group, or a rule that lets
// in everybody.
const DefaultSurgeFactor = 3

// MaxRoleAge is the oldest that a reading of roles may be which decides who sees
// a message. Somebody who lost a role may go on seeing what it let them see for
// as long.
const MaxRoleAge = time.Minute
