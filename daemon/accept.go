package daemon

import (
	"context"
	"fmt"

	"github.com/botd-chat/botd/chat"
)

// keep stores arrivals that came together, all of them or none.
func (s *system) keep(ctx context.Context, list []chat.Arrival) ([]chat.Receipt, error) {
	receipts, err := s.store.AcceptAll(ctx, list)
	if err != nil {
		return nil, fmt.Errorf("storing the event: %w", err)
	}
	for i, a := range list {
		if r := receipts[i]; !r.Repeated {
			s.metrics.received(a.Kind, a.Bot, len(r.Events))
		}
	}
	return receipts, nil
}
