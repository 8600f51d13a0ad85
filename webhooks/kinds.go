package webhooks

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Settings are what an operator says about a scheme. Each takes what it needs of
// them and refuses what it has no use for.
type Settings struct {
	// Secrets prove the sender, any of them, so that they can be changed one at a
	// time. What form they have depends on the scheme.
	Secrets []string
	// Keys are public keys, for schemes whose senders sign with a private one.
	Keys []string
	// User is the name that basic authentication asks for.
	User string
	// By is the scheme by which a sender proves itself that has none of its own,
	// such as "bearer" for Alertmanager; empty elsewhere.
	By string
	// HMAC is where a signature stands and what is signed, where that is for the
	// operator to say.
	HMAC HMAC
	// Origins are who may ask for leave to post (CloudEvents); "*" is anybody.
	Origins []string
	// QueryToken says that a bearer token may stand in the address, too
	// (CloudEvents), where logs of others than botd may keep it.
	QueryToken bool
	// Insecure says that it is meant that anybody may post, a page in a browser among
	// them (none).
	Insecure bool
	// NeedID says that a delivery without an Idempotency-Key is refused.
	NeedID bool
	// Within is how long the same content is a repeat, for senders that have no
	// ids; zero is the scheme's own.
	Within time.Duration
}

// Sample is a webhook to be signed as a sender would.
type Sample struct {
	ID   string // of the delivery; empty where none is wanted
	Type string // of the event; empty where none is wanted
	At   time.Time
	Body []byte
}

// Kind is one kind of sender.
type Kind struct {
	Name string // as in a configuration
	// New makes what verifies and what reads.
	New func(s Settings) (Verifier, Reader, error)
	// Sign returns the headers that make a sample pass. An error says what is
	// missing, and quotes no secret.
	Sign func(s Settings, m Sample) (http.Header, error)
	// MaxBody is the largest body in bytes; zero is [DefaultMaxBody].
	MaxBody int64
	// Only5xx says that the sender tries again what is answered with 5xx and drops
	// all else: what it only has to send again is answered with 503, not 429 or 408.
	Only5xx bool
}

// kinds are all kinds of senders. A further one is a file with a Kind in it, and
// a line here (docs/senders/adding.md).
var kinds = []Kind{
	alertmanagerKind, basicKind, bearerKind, cloudEventsKind, forgejoKind, giteaKind, githubKind, gitlabKind, grafanaKind, hmacKind, noneKind,
	shopifyKind, slackKind, standardKind, stripeKind, svixKind,
}

// Kinds are the names of all kinds of senders, sorted.
func Kinds() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	slices.Sort(names)
	return names
}

// FindKind finds a kind by its name.
func FindKind(name string) (Kind, error) {
	for _, k := range kinds {
		if k.Name == name {
			return k, nil
		}
	}
	return Kind{}, fmt.Errorf("no scheme %q; have %s", name, strings.Join(Kinds(), ", "))
}
