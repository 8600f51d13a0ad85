package im

import (
	"context"
	"net/netip"
	"strings"
)

// nettype is the one parameter of an address that only one call has, with the
// networks that callbacks come from (product/1047/36742).
const (
	nettype      = "nettype"
	insideChina  = "5"
	outsideChina = "6"
)

// CallbackSources lists the networks that the service's callbacks come from: those
// of applications in China, or of others (product/1047/36742). They change now and
// then, and one page of the documents says that those outside China are told on
// request only: an empty list is no error, and says nothing.
func (c *Client) CallbackSources(ctx context.Context, china bool) ([]netip.Prefix, error) {
	which := outsideChina
	if china {
		which = insideChina
	}
	a, err := c.ask(context.WithValue(ctx, networkKey{}, which), apiSources, struct{}{})
	if err != nil {
		return nil, err
	}
	var list []string
	if err := a.must("IPList", &list); err != nil {
		return nil, err
	}
	prefixes := make([]netip.Prefix, len(list))
	for i, text := range list {
		if prefixes[i], err = prefix(text); err != nil {
			return nil, a.unreadable("an address in it is none")
		}
	}
	return prefixes, nil
}

// prefix reads an address or a block of them.
func prefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		p, err := netip.ParsePrefix(text)
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

type networkKey struct{}

// network is the parameter of a call for networks; empty for every other call.
func network(ctx context.Context) string {
	which, _ := ctx.Value(networkKey{}).(string)
	if which == "" {
		return ""
	}
	return "&" + nettype + "=" + which
}
