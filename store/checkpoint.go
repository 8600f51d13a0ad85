package store

// When the write-ahead log is copied into the file: it is looked at every few
// commits, and copied from so many pages on.
const (
	lookEvery     = 8
	checkpointDue = 1000 // pages of 4 KiB
)

// checkpoint copies the write-ahead log into the file once it has grown. It
// runs after the callers have their answers. SQLite would do the same by
// itself and say nothing when the flush of the file fails, and then the log is
// overwritten and what it held is lost.
func (w *writer) checkpoint() {
	if w.refusal() != nil {
		return
	}
	if w.unlooked++; w.unlooked < lookEvery {
		return
	}
	w.unlooked = 0
	pages, err := w.wal("PRAGMA wal_checkpoint(NOOP)")
	if err == nil && pages >= checkpointDue {
		_, err = w.wal("PRAGMA wal_checkpoint(PASSIVE)")
		w.flushes.Add(2) // of the log, and of the file
	}
	switch {
	case err == nil:
	case isPassing(err):
		w.log.Warn("the store's log could not be copied into its file; it will be tried again", "error", err)
	default:
		w.refuse(err)
	}
}

// wal runs a checkpoint statement and returns how many pages are left to copy.
func (w *writer) wal(text string) (pages int, err error) {
	var busy, inLog, copied int
	err = w.conn.one(text).Scan(&busy, &inLog, &copied)
	return inLog - copied, err
}
