package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"net/http"
	"time"

	"github.com/botd-chat/botd/webhooks"
)

// What the check of a signature costs is measured at two hooks of one botd, of
// which one checks and the other is open. Clients send both the same, signature
// included, so that nothing else differs.
const (
	signedHook = "signed"
	openHook   = "open"
	signingKey = "whsec_YS1zaWduaW5nLWtleS1mb3ItdGhlLWJlbmNobWFyay1vbmx5"
)

// sign signs what is sent to these two hooks, and nothing else.
func (p *process) sign(h http.Header, body []byte) error {
	if p.hook != signedHook && p.hook != openHook {
		return nil
	}
	signed, err := webhooks.SignStandard(signingKey, rand.Text(), time.Now(), body)
	maps.Copy(h, signed)
	return err
}

// compareVerifying measures both hooks at full speed, in turns that begin with
// another one each round.
func compareVerifying(ctx context.Context, s settings) (signed, open []run, err error) {
	stub, err := startStub(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer stub.stop()
	c, err := startCandidate(ctx, s, "botd", stub)
	if err != nil {
		return nil, nil, err
	}
	defer c.stop()
	for round := range 2 * s.rounds {
		for turn := range 2 {
			hook, list := signedHook, &signed
			if (round+turn)%2 == 1 {
				hook, list = openHook, &open
			}
			c.hook = hook
			if round == 0 {
				if err := warm(ctx, c, stub); err != nil {
					return nil, nil, err
				}
			}
			r, err := fullSpeed(ctx, s, c, stub)
			if err != nil {
				return nil, nil, fmt.Errorf("round %d at hook %s: %w", round+1, hook, err)
			}
			*list = append(*list, r)
		}
	}
	return signed, open, nil
}

func reportVerifying(w io.Writer, signed, open []run) {
	of := func(all []run, f func(run) float64) []float64 {
		var values []float64
		for _, r := range all {
			values = append(values, f(r))
		}
		return values
	}
	rate := func(r run) float64 { return r.perSecond }
	cpu := func(r run) float64 { return float64(r.cpuPerEvent.Microseconds()) }
	_, _ = fmt.Fprintf(w, "signatures checked ÷ hook open to all: %.2f of the throughput (%.0f and %.0f events/s), %.2f times the CPU per event; medians of %d pairs\n",
		middle(ratios(of(open, rate), of(signed, rate))), middle(of(signed, rate)), middle(of(open, rate)),
		middle(ratios(of(open, cpu), of(signed, cpu))), len(signed))
}
