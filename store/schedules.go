package store

import (
	"context"
	"errors"
	"time"

	"github.com/botd-chat/botd/chat"
)

// errNotBuilt says that schedules are not stored yet.
var errNotBuilt = errors.New("schedules are not stored yet")

// SyncSchedules makes the schedules of the configuration what list says: those that are
// new are added, those that are not in it are gone, and those whose times are written
// anew have theirs begin now. It returns all that are there, also those made by hand.
func (s *Store) SyncSchedules(ctx context.Context, list []chat.ScheduleSpec) ([]chat.ScheduleRecord, error) {
	return nil, errNotBuilt
}

// Schedules returns all schedules that are there and not gone.
func (s *Store) Schedules(ctx context.Context) ([]chat.ScheduleRecord, error) {
	return nil, errNotBuilt
}

// Strike stores what was decided about schedules, each decision whole or not at all.
func (s *Store) Strike(ctx context.Context, list []chat.Strike) ([]chat.Struck, error) {
	return nil, errNotBuilt
}

// SetSchedulesBack is for a clock that was set back to now: what was decided about times
// after it is open again. What was left out of them is forgotten, and those that made
// events keep them, so that each makes them once.
func (s *Store) SetSchedulesBack(ctx context.Context, now time.Time) error { return errNotBuilt }

// SettleFirings looks which firings are over, and stores that and how they ended. It
// returns those that ended.
func (s *Store) SettleFirings(ctx context.Context, limit int) ([]chat.Firing, error) {
	return nil, errNotBuilt
}

// LateFirings marks the firings whose deadline has passed before they were done, each
// once, and returns them.
func (s *Store) LateFirings(ctx context.Context, limit int) ([]chat.Firing, error) {
	return nil, errNotBuilt
}

// SchedulesChanged has a value after schedules were made, deleted, paused or resumed.
func (s *Store) SchedulesChanged() <-chan struct{} { return nil }
