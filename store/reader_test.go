package store

import (
	"context"
	"sync"
	"testing"
	"time"
)

func TestViewsThatAskSomethingNewAtOnceDoNotWaitForEachOther(t *testing.T) {
	s, _ := newStore(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	var begun, ended sync.WaitGroup
	begun.Add(readers)
	for range readers {
		ended.Go(func() {
			err := s.reader.view(ctx, func(v view) error {
				begun.Done()
				begun.Wait() // each has a connection now, and none of them the statement
				var n int
				return v.one(`SELECT COUNT(*) FROM event`).Scan(&n)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	ended.Wait()
	must(t, s.Ping(t.Context()))
}
