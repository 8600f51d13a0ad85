package chat

// Rendering is another body of a message, for some of those it is for. Each recipient of a
// message gets the body of the first rendering whose To has them, and the message's own
// if none has; so nobody gets two.
type Rendering struct {
	To       Audience  `json:"to"` // among those of the message; bound
	Text     string    `json:"text,omitempty"`
	Elements []Element `json:"elements,omitempty"`
}

// MaxRenderings is how many a message may have: one for each of a group that is addressed
// one by one.
const MaxRenderings = 500
