package store

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// However many wait for each other's company, the first waits no longer than it
// said that it can.
func TestPatienceEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Store) {
		began := time.Now()
		first := make(chan time.Duration, 1)
		for i := range 100 {
			go func() {
				if err := s.tx(context.Background(), func(q *tx) error { q.patient = true; return nil }); err != nil {
					t.Error(err)
				}
				if i == 0 {
					first <- time.Since(began)
				}
			}()
			synctest.Wait()
			time.Sleep(patience - time.Millisecond)
		}
		if took := <-first; took > patience {
			t.Errorf("it waited %v", took)
		}
	})
}
