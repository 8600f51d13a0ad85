package callbacks

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// Prefix is how the path of each address for callbacks begins.
const Prefix = "/callbacks/"

// App is an application of the service, as far as it is about its callbacks. It has
// secrets: do not log it.
type App struct {
	Name          chat.AppName
	SDKAppID      uint32
	Administrator chat.UserID   // in whose name we call the service
	Accounts      []chat.UserID // of our bots
	// Path is the whole path of its address, a secret part included. Applications may
	// have one together.
	Path string
	// Tokens sign its callbacks: any of them. None only with Insecure.
	Tokens   []string
	Insecure bool           // whoever knows the address is believed
	Sources  []netip.Prefix // from where callbacks may come; empty is anywhere
}

// validate reports all that is wrong with an application. It quotes no secret.
func (a App) validate() error {
	var wrong []error
	add := func(bad bool, what string) {
		if bad {
			wrong = append(wrong, fmt.Errorf("callbacks of app %q: %s", a.Name, what))
		}
	}
	add(a.Name == "", "the application has no name")
	add(a.SDKAppID == 0, "there is no SDKAppID")
	add(!strings.HasPrefix(a.Path, Prefix) || a.Path == Prefix, "the path does not begin with "+Prefix+" and a name")
	add(slices.Contains(a.Tokens, ""), "a token is empty")
	add(len(a.Tokens) == 0 && !a.Insecure, "there is no token, so that anybody could send them")
	add(len(a.Tokens) > 0 && a.Insecure, "there is a token, and yet they are to be believed without")
	return errors.Join(wrong...)
}

// from reports whether callbacks may come from an address.
func (a App) from(address string) bool {
	if len(a.Sources) == 0 {
		return true
	}
	ip, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(a.Sources, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}
