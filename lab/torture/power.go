package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/botd-chat/botd/lab/disk"
	"github.com/botd-chat/botd/lab/rig"
)

// powerCut records all that botd asks of its disk from its first start to its
// end, and cuts the power at many moments of that, on a model of the disk.
func powerCut(ctx context.Context, r *run) (rig.Figures, error) {
	rec, f, err := r.record(ctx)
	if err != nil {
		return f, err
	}
	sound, err := r.cuts(ctx, rec, rec.trace, pick(r, 40, 400))
	if err != nil {
		return f, err
	}
	sound.into(&f)
	lame, err := r.cuts(ctx, rec, rec.trace.WithoutFlushes(), pick(r, 10, 40))
	if err != nil {
		return f, err
	}
	f.Note("%d flushes; as if there were none, %d cuts find %d lost", rec.trace.Flushes(), lame.cuts, lame.lost+lame.forgotten+lame.damaged)
	if lame.lost+lame.forgotten+lame.damaged == 0 {
		return f, errors.New("without its flushes botd loses nothing either: these cuts test nothing")
	}
	for n := range pick(r, 2, 8) {
		g, err := r.goOnAfter(ctx, rec, n)
		if f = f.Add(g); err == nil {
			err = g.Verdict()
		}
		if err != nil {
			return f, fmt.Errorf("going on after a power cut: %w", err)
		}
	}
	return f, sound.verdict()
}

// recording is a run of botd: what it asked of its disk, and what it told whom.
type recording struct {
	trace        *disk.Trace
	acknowledged map[int]rig.Ack
	promises     []rig.Promise
	requests     []rig.Request
}

const cutRate = 40 // webhooks a second; strace does not let botd do much more

func (r *run) record(ctx context.Context) (*recording, rig.Figures, error) {
	data, log := filepath.Join(r.folder, "data"), filepath.Join(r.folder, "calls.log")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, rig.Figures{}, err
	}
	lab, err := rig.New(ctx, rig.Plan{Binary: r.binary, Folder: r.folder, Data: data, Groups: 10, Seed: r.seed})
	if err != nil {
		return nil, rig.Figures{}, err
	}
	defer lab.Close()
	if err := lab.Botd.LaunchRecorded(log); err != nil {
		return nil, rig.Figures{}, err
	}
	if err := lab.Botd.AwaitReady(ctx, time.Minute); err != nil {
		return nil, rig.Figures{}, err
	}
	senders := lab.Send(ctx, cutRate)
	rig.Wait(ctx, pick(r, 2*time.Second, 8*time.Second))
	f, err := lab.Finish(ctx, senders)
	if err != nil {
		return nil, f, err
	}
	if err := lab.Botd.Recorded(ctx, log); err != nil {
		return nil, f, err
	}
	rec, err := readRecording(log, data)
	if err == nil {
		rec.acknowledged = lab.Ledger.Acknowledged()
		err = rec.whole()
	}
	return rec, f, err
}

func readRecording(log, data string) (*recording, error) {
	text, err := os.Open(log) //nolint:gosec // a file of the laboratory's own
	if err != nil {
		return nil, err
	}
	defer func() { _ = text.Close() }()
	rec := &recording{}
	if rec.trace, err = disk.Read(text, data); err != nil {
		return nil, err
	}
	rec.requests = rig.Requests(rec.trace.Said)
	rec.promises, err = rig.Promises(rec.trace.Said)
	return rec, err
}

// whole wants every acknowledgement that a sender got, and a call for it, to be
// in the recording: a judge that has not heard of them finds nothing missing.
func (rec *recording) whole() error {
	told := rec.told(rec.trace.Moments)
	for n, a := range rec.acknowledged {
		if !told[a.Event] {
			return fmt.Errorf("the recording does not have the acknowledgement of webhook %d", n)
		}
	}
	if len(rec.requests) < len(rec.acknowledged) {
		return fmt.Errorf("the recording has %d calls for %d webhooks", len(rec.requests), len(rec.acknowledged))
	}
	return nil
}

// told are the events of which somebody may have known up to a moment that botd
// has them.
func (rec *recording) told(moment int) map[string]bool {
	events := map[string]bool{}
	for _, p := range rec.promises {
		if p.Moment <= moment {
			for _, e := range p.Events {
				events[e] = true
			}
		}
	}
	return events
}

// sent are the calls that left botd up to a moment.
func (rec *recording) sent(moment int) (calls []rig.Request) {
	for _, c := range rec.requests {
		if c.Moment <= moment {
			calls = append(calls, c)
		}
	}
	return calls
}

// moment is one to cut the power at: around a flush, as something is told to
// somebody, or any.
func (r *run) moment(rec *recording) int {
	switch r.random.IntN(4) {
	case 0:
		return one(r, rec.promises).Moment
	case 1:
		return one(r, rec.requests).Moment
	case 2:
		return one(r, rec.trace.Borders()) + r.random.IntN(3) - 1
	}
	return 1 + r.random.IntN(rec.trace.Moments)
}

// goOnAfter starts a real botd on what a power cut left. The service knows what
// it was told before, and the senders send again what was not acknowledged.
func (r *run) goOnAfter(ctx context.Context, rec *recording, n int) (rig.Figures, error) {
	folder := filepath.Join(r.folder, fmt.Sprintf("after%d", n))
	if err := os.Mkdir(folder, 0o700); err != nil {
		return rig.Figures{}, err
	}
	moment := r.moment(rec)
	if err := disk.Write(folder, rec.trace.Cut(moment, r.random)); err != nil {
		return rig.Figures{}, err
	}
	lab, err := rig.New(ctx, rig.Plan{Binary: r.binary, Folder: folder, Groups: 10, Seed: r.seed})
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	if err := lab.Service.Hear(ctx, rec.sent(moment)); err != nil {
		return rig.Figures{}, err
	}
	if err := lab.Restart(ctx); err != nil {
		return rig.Figures{}, err
	}
	told, acknowledged := rec.told(moment), map[int]rig.Ack{}
	for n, a := range rec.acknowledged {
		if told[a.Event] {
			acknowledged[n] = a
		}
	}
	if err := lab.Resend(ctx, rec.acknowledged, acknowledged); err != nil {
		return rig.Figures{}, err
	}
	return lab.Finish(ctx)
}
