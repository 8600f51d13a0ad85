package moves

import "context"

// TB is what a test gives.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Cleanup(func())
}

// In watches a store for as long as a test runs, and fails the test if anything
// moved otherwise than by the table. Call it after the store was opened for the
// first time. Moves after the test's own end are not seen.
func In(t TB, path string) {
	t.Helper()
	ctx := context.Background()
	if err := Watch(ctx, path); err != nil {
		t.Errorf("%v", err)
		return
	}
	t.Cleanup(func() {
		if err := Check(ctx, path); err != nil {
			t.Errorf("%v", err)
		}
	})
}
