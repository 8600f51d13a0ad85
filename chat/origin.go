package chat

// Origin is where an event came from when a webhook brought it. What a sender
// says about itself in it may stand outside of what it signed, as GitHub's type
// of event does: it sorts events and never decides who may see something.
type Origin struct {
	Hook   string `json:"hook"`
	Scheme string `json:"scheme"`         // by whose rules it was received, such as "github"
	Type   string `json:"type,omitempty"` // the kind of event in the sender's own words, such as "push"
	ID     string `json:"id,omitempty"`   // the sender's own id of the delivery
	// Credential is the name of what the sender proved itself with; empty where
	// the hook has one that has no name.
	Credential string `json:"credential,omitempty"`
	// Ceiling is what the credential may reach, as it was when the webhook was
	// accepted; nil is whatever the bot may reach.
	Ceiling *Ceiling `json:"ceiling,omitempty"`
	// SameAs is an earlier event that had the same body under another id of
	// delivery, where ids are not signed; empty for none.
	SameAs EventID `json:"same_as,omitempty"`
}

// SchemeCallback is the [Origin.Scheme] of what the chat service told.
const SchemeCallback = "callback"

// Allow is where the ceiling is written: "credentials.ci.allow", or the allow of a
// hook whose credential has no name.
func (o Origin) Allow() string {
	if o.Scheme == SchemeCallback {
		return "a trigger without relay: true"
	}
	if o.Credential == "" {
		return "allow of hook " + o.Hook
	}
	return "credentials." + o.Credential + ".allow"
}

// Ceiling bounds what can come of a webhook, whatever the bot may do otherwise.
type Ceiling struct {
	Audience   *Audience `json:"audience,omitempty"`   // the widest; nil is the bot's own
	Recipients int       `json:"recipients,omitempty"` // of one message; 0 is the bot's own limit
}

// SameBody says what becomes of a webhook whose body came before under another
// id of delivery, where whoever captured a request could send it again so.
type SameBody string

// The rules for the same body.
const (
	SameBodyTake SameBody = "take" // it is a webhook like any other, and nobody looks
	SameBodyFlag SameBody = "flag" // it is one, and its event says which one was before ([Origin.SameAs])
	SameBodyDrop SameBody = "drop" // it is a repeat
)

// SameBodyRules are all of them.
var SameBodyRules = []SameBody{SameBodyTake, SameBodyFlag, SameBodyDrop}
