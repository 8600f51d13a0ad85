package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/accounts"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/im"
)

// Service is the chat service, as one application of a configuration reaches it.
type Service struct {
	Config *config.Config
	App    config.App
	// Connect makes a client that tells of its calls.
	Connect func(config.App, func() time.Time, func(im.Call)) (*im.Client, error)
	Now     func() time.Time
	Sent    Sent
}

// Sent is what an application has sent, by what is written down here; the zero value is
// nothing.
type Sent struct {
	Accepted time.Time // when the service last took a targeted message
	Edition  time.Time // when it last refused one because of the edition, by [WrongEdition]
}

// WrongEdition is the code with which the service refuses a targeted message that the
// edition does not have (product/1047/34348).
const WrongEdition = 10059

// patient is how many seconds all questions about an application may take.
const patient = 60 * time.Second

// Examine asks the service all that can be asked without sending anything. A service
// that cannot be reached, or does not take the signature, is one finding: nothing else
// could be asked then.
func (s Service) Examine(ctx context.Context) []Finding {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	var seen watch
	client, err := s.Connect(s.App, s.Now, func(c im.Call) { seen.note(c, s.Now()) })
	if err != nil {
		return []Finding{wrong("credentials", "correct it in the configuration", "%s: %v", s.path(), err)}
	}
	defer client.Close()
	named := accounts.OfApp(s.Config, s.App)
	// One that is known to exist, if anybody is who calls.
	_, err = client.Accounts(ctx, []chat.UserID{s.App.Administrator})
	refused, is := errors.AsType[*im.Error](err)
	if is && refused.Code == 0 && refused.Class != im.Rate {
		return []Finding{s.unreachable(refused)}
	}
	list := []Finding{
		well("service", "%s: %s answers, in %s", s.path(), s.where(), seen.took.Round(time.Millisecond)),
		s.clock(seen),
	}
	if err != nil {
		return append(list, s.refused(refused, seen))
	}
	list = append(list, well("credentials", "%s: the secret key and the administrator %q are accepted", s.path(), s.App.Administrator))
	list = append(list, s.accounts(ctx, client, named)...)
	list = append(list, s.edition())
	list = append(list, s.groups(ctx, client)...)
	return append(list, s.sources(ctx, client)...)
}

func (s Service) path() string { return "apps." + string(s.App.Name) }

// where is how the configuration says where the service is.
func (s Service) where() string {
	if s.App.Region != "" {
		return "the service in " + s.App.Region
	}
	return "the service at " + s.App.BaseURL
}

func (s Service) unreachable(e *im.Error) Finding {
	return wrong("service", fmt.Sprintf("see whether this machine may call it over HTTPS, and whether %s.region or base_url is right; nothing else about this application was asked", s.path()),
		"%s: %s cannot be asked: %v", s.path(), s.where(), e)
}

// accounts says which of the accounts do not exist.
func (s Service) accounts(ctx context.Context, client *im.Client, named []accounts.Account) (list []Finding) {
	const check = "accounts"
	if err := accounts.Look(ctx, client, named); err != nil {
		return []Finding{unknown(check, later, "%s: which accounts exist is not known: %v", s.path(), err)}
	}
	for _, a := range named {
		if a.State == accounts.Missing {
			list = append(list, wrong(check, remedyFor(a), "there is no account %q in the application %q, so nothing can be sent as it (%s)", a.ID, s.App.Name, a.Where()))
		}
	}
	if len(list) == 0 {
		list = append(list, well(check, "%s: all that are named exist: %s", s.path(), ids(named)))
	}
	return list
}

// later is the remedy for what the service did not answer this time.
const later = "call botd doctor again in a minute"

func remedyFor(a accounts.Account) string {
	if a.Administrator {
		return "set it as an administrator in the service's console"
	}
	return "make it: botd accounts create"
}

func ids(list []accounts.Account) (text string) {
	for i, a := range list {
		if i > 0 {
			text += ", "
		}
		text += string(a.ID)
		if a.Kind == accounts.Robot {
			text += " (a robot)"
		}
	}
	return text
}

// edition says whether targeted messages are part of the application's edition, as far
// as that can be known: there is no call that tells, and to send one is no way to ask.
func (s Service) edition() Finding {
	const check = "edition"
	const editions = "Pro, Pro Plus or Enterprise (formerly Ultimate, also written Flagship or Premium)"
	switch {
	case s.Sent.Edition.After(s.Sent.Accepted):
		return wrong(check, "choose "+editions+" in the service's console",
			"%s: the service refused a targeted message on %s because the edition has none (10059)", s.path(), day(s.Sent.Edition))
	case !s.Sent.Accepted.IsZero():
		return well(check, "%s: it has targeted messages: the service took one on %s", s.path(), day(s.Sent.Accepted))
	}
	return unknown(check, "see that it is "+editions+" in the service's console; if it is not, the first message ends with code 10059, and nobody sees it",
		"%s: whether its edition has targeted messages is not known; no call tells, and botd has sent none yet", s.path())
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 at 15:04 UTC") }
