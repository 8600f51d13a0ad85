package doctor

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/botd-chat/botd/im"
)

// sources holds the networks that callbacks may come from against those that the service
// says it has (product/1047/36742). Nothing is found where callbacks may come from anywhere.
func (s Service) sources(ctx context.Context, client *im.Client) []Finding {
	const check = "sources"
	ours := s.App.Callbacks.Sources
	if len(ours) == 0 {
		return nil
	}
	theirs, err := client.CallbackSources(ctx, s.App.Region == "china")
	switch {
	case err != nil:
		return []Finding{unknown(check, later, "%s.callbacks: from where callbacks come is not known: %v", s.path(), err)}
	case len(theirs) == 0:
		return []Finding{unknown(check, "ask Tencent for them; outside mainland China they are told on request", "%s.callbacks: the service does not tell from where callbacks come", s.path())}
	}
	var missing []string
	for _, p := range theirs {
		if !slices.ContainsFunc(ours, func(own netip.Prefix) bool { return own.Bits() <= p.Bits() && own.Contains(p.Addr()) }) {
			missing = append(missing, p.String())
		}
	}
	if len(missing) > 0 {
		return []Finding{wrong(check, "add them to sources, or leave sources out; what comes from there is refused, and what was to be held is shown",
			"%s.callbacks: the service also sends callbacks from %s", s.path(), strings.Join(missing, ", "))}
	}
	return []Finding{well(check, "%s.callbacks: every network that the service names is in sources", s.path())}
}
