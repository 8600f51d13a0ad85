package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/botd-chat/botd/lab/rig"
)

// diskReadOnly has the file system refuse all writes, first under a botd that
// works and then at its start.
func diskReadOnly(ctx context.Context, r *run) (rig.Figures, error) {
	data := filepath.Join(r.folder, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return rig.Figures{}, err
	}
	room, err := rig.NewRoom(data, 64<<10)
	if err != nil {
		return rig.Figures{}, fmt.Errorf("%w: %w", errNoRoom, err)
	}
	defer room.Remove()
	lab, err := rig.New(ctx, rig.Plan{Binary: r.binary, Folder: r.folder, Data: data, Groups: 10, Seed: r.seed})
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	if err := lab.Botd.Start(ctx); err != nil {
		return rig.Figures{}, err
	}
	senders := lab.Send(ctx, 60)
	rig.Wait(ctx, r.between(time.Second, 2*time.Second))
	lab.Trouble()
	tracer, err := lab.Botd.Trace(ctx, "pwrite64:error=EROFS")
	if err != nil {
		return rig.Figures{}, err
	}
	w := watch(ctx, lab, pick(r, 2*time.Second, 5*time.Second))
	tracer.End()
	lab.Botd.Kill()
	w.mustRefuse()
	w.mustTell("mounted read-only")
	if err := refusedToStart(ctx, lab, room); err != nil {
		return rig.Figures{}, err
	}
	if err := lab.Restart(ctx); err != nil {
		return rig.Figures{}, err
	}
	return w.finish(ctx, lab, senders)
}

// refusedToStart starts botd on a file system that is mounted read-only, and
// wants it to end and say what to do.
func refusedToStart(ctx context.Context, lab *rig.Lab, room *rig.Room) (err error) {
	if err := room.ReadOnly(true); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, room.ReadOnly(false)) }()
	if err := lab.Botd.Start(ctx); !errors.Is(err, rig.ErrEnded) {
		lab.Botd.Kill()
		return fmt.Errorf("botd started on a read-only file system: %w", err)
	}
	if remedy := "mount it for writing"; !lab.Botd.Logged(remedy) {
		return fmt.Errorf("the log does not say: %s", remedy)
	}
	return nil
}

// damagedPages spoils one page after the other of a store in which messages
// wait, each in a fresh copy of it. botd has to refuse the store and say what to
// do, or to lose nothing by it and find the page when it is asked.
func damagedPages(ctx context.Context, r *run) (rig.Figures, error) {
	lab, err := r.lab(ctx, 10)
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	if err := pileUp(ctx, lab); err != nil {
		return rig.Figures{}, err
	}
	whole, err := os.ReadFile(lab.Botd.Store())
	if err != nil {
		return rig.Figures{}, err
	}
	var seen damages
	pages := len(whole) / pageBytes
	for range pick(r, 4, 40) {
		page := 1 + r.random.IntN(pages)
		if err := replaced(lab, r.spoil(whole, page)); err != nil {
			return rig.Figures{}, err
		}
		if err := seen.try(ctx, lab); err != nil {
			return rig.Figures{}, fmt.Errorf("with page %d of %d spoilt: %w", page, pages, err)
		}
	}
	if err := replaced(lab, whole); err != nil {
		return rig.Figures{}, err
	}
	if err := lab.Service.Up(); err != nil {
		return rig.Figures{}, err
	}
	if err := lab.Restart(ctx); err != nil {
		return rig.Figures{}, err
	}
	f, err := lab.Finish(ctx)
	f.Note("one page of %d spoilt: %d times refused at the start, %d times later, %d times found by botd doctor, %d times in no use", pages, seen.atStart, seen.later, seen.byDoctor, seen.unused)
	return f, err
}

// replaced puts a file in the store's place, and takes away what is beside it.
func replaced(lab *rig.Lab, file []byte) error {
	for _, beside := range []string{"-wal", "-shm"} {
		if err := os.Remove(lab.Botd.Store() + beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.WriteFile(lab.Botd.Store(), file, 0o600)
}

// pileUp has messages wait for a service that is away, and stops botd.
func pileUp(ctx context.Context, lab *rig.Lab) error {
	senders := lab.Send(ctx, 60)
	rig.Wait(ctx, time.Second)
	if err := lab.Service.Down(); err != nil {
		return err
	}
	rig.Wait(ctx, time.Second)
	if err := senders.Halt(); err != nil {
		return err
	}
	_, err := lab.Botd.Stop(inTime)
	return err
}

const pageBytes = 4096

// spoil is the file with one page of nonsense or of nothing.
func (r *run) spoil(whole []byte, page int) []byte {
	file := append([]byte{}, whole...)
	part := file[(page-1)*pageBytes : page*pageBytes]
	nonsense := r.random.IntN(2) == 0
	for i := range part {
		if part[i] = 0; nonsense {
			part[i] = byte(r.random.UintN(256))
		}
	}
	return file
}

// damages counts how spoilt pages were met.
type damages struct{ atStart, later, byDoctor, unused int }

// try runs botd on the store, with the service away, so that nothing it holds is
// sent before the next page is tried.
func (d *damages) try(ctx context.Context, lab *rig.Lab) error {
	defer lab.Botd.Kill()
	logged := lab.Botd.LogSize()
	switch err := lab.Botd.Start(ctx); {
	case errors.Is(err, rig.ErrEnded):
		d.atStart++
		return tells(lab, logged)
	case err != nil:
		return err
	}
	rig.Wait(ctx, 500*time.Millisecond)
	if ended, _ := lab.Botd.Ended(); ended {
		d.later++
		return tells(lab, logged)
	}
	lab.Botd.Kill()
	sound, told, err := lab.Botd.Doctor(ctx)
	switch {
	case err != nil:
		return err
	case sound:
		d.unused++
	case !strings.Contains(told, damaged):
		return fmt.Errorf("botd doctor does not say %q: %s", damaged, told)
	default:
		d.byDoctor++
	}
	return nil
}

// damaged is what botd has to say of a damaged store.
const damaged = "restore a backup"

// tells wants the log to say what to do, from a place on.
func tells(lab *rig.Lab, from int64) error {
	said, err := lab.Botd.LogSince(from)
	if err == nil && !strings.Contains(said, damaged) {
		err = fmt.Errorf("botd ended, and does not say %q: %s", damaged, said)
	}
	return err
}
