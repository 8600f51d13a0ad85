package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/botd-chat/botd/lab/rig"
)

// errNoRoom says that no file system can be mounted here.
var errNoRoom = errors.New("no file system can be mounted here; run as root")

// diskFull makes all writes to files at places, which only the store makes, fail
// for a while. botd has to go on by itself.
func diskFull(ctx context.Context, r *run) (rig.Figures, error) {
	lab, err := r.lab(ctx, 10)
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	senders := lab.Send(ctx, 60)
	rig.Wait(ctx, r.between(time.Second, 2*time.Second))
	lab.Trouble()
	tracer, err := lab.Botd.Trace(ctx, "pwrite64:error=ENOSPC")
	if err != nil {
		return rig.Figures{}, err
	}
	w := watch(ctx, lab, pick(r, 3*time.Second, 8*time.Second))
	tracer.End()
	lab.Over()
	w.mustRefuse()
	w.mustTell("make room")
	if err := r.goOn(ctx, lab); err != nil {
		return rig.Figures{}, err
	}
	return w.finish(ctx, lab, senders)
}

// diskSmall lets a real file system fill up, and makes it larger.
func diskSmall(ctx context.Context, r *run) (rig.Figures, error) {
	data := filepath.Join(r.folder, "small")
	if err := os.Mkdir(data, 0o700); err != nil {
		return rig.Figures{}, err
	}
	room, err := rig.NewRoom(data, 1024)
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
	senders := lab.Send(ctx, 100)
	for deadline := time.Now().Add(20 * time.Second); lab.Ledger.Refused() == 0 && time.Now().Before(deadline); {
		rig.Wait(ctx, 10*time.Millisecond)
	}
	lab.Trouble()
	w := watch(ctx, lab, pick(r, 2*time.Second, 5*time.Second))
	if err := room.Resize(64 << 10); err != nil {
		return rig.Figures{}, err
	}
	lab.Over()
	w.mustRefuse() // and not mustTell: there may be room for what /readyz tries to write, and none for a webhook
	if err := r.goOn(ctx, lab); err != nil {
		return rig.Figures{}, err
	}
	return w.finish(ctx, lab, senders)
}

// goOn wants botd to accept again by itself now that the disk works. A message
// that was in hand when it failed waits until its lane's lease has ended, a
// minute: the short form has no time for that and restarts botd.
func (r *run) goOn(ctx context.Context, lab *rig.Lab) error {
	had := lab.Ledger.Count()
	for deadline := time.Now().Add(5 * time.Second); lab.Ledger.Count() == had; {
		if time.Now().After(deadline) || !rig.Wait(ctx, 50*time.Millisecond) {
			return errors.New("nothing was accepted in the 5 s after the disk worked again")
		}
	}
	if r.short {
		return lab.Kill(ctx)
	}
	return nil
}

// diskBroken makes one flush fail. Nothing written since can be trusted, so botd
// has to store nothing more until it is started again: it says so and refuses
// everything, or ends.
func diskBroken(ctx context.Context, r *run) (rig.Figures, error) {
	lab, err := r.lab(ctx, 10)
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	senders := lab.Send(ctx, 60)
	rig.Wait(ctx, r.between(time.Second, 2*time.Second))
	lab.Trouble()
	tracer, err := lab.Botd.Trace(ctx, "fdatasync:error=EIO:when=1")
	if err != nil {
		return rig.Figures{}, err
	}
	rig.Wait(ctx, 500*time.Millisecond)
	tracer.End() // the disk works again, and botd must not believe it
	w := watch(ctx, lab, pick(r, 2*time.Second, 4*time.Second))
	if ended, how := lab.Botd.Ended(); ended {
		w.mustHaveEnded(lab, how)
	} else {
		w.mustRefuse()
		w.mustTell(remedy)
	}
	if w.accepted > 0 {
		w.wrong = append(w.wrong, fmt.Sprintf("%d webhooks acknowledged after the failed flush", w.accepted))
	}
	lab.Botd.Kill()
	if err := lab.Restart(ctx); err != nil {
		return rig.Figures{}, err
	}
	return w.finish(ctx, lab, senders)
}

// trouble is what was seen while the disk did not work.
type trouble struct {
	refused  int    // posts answered with 503
	accepted int    // webhooks acknowledged
	told     string // by /readyz, when it was not ready
	wrong    []string
}

// watch looks for d, from a moment after the trouble began, at what botd says.
func watch(ctx context.Context, lab *rig.Lab, d time.Duration) *trouble {
	rig.Wait(ctx, 300*time.Millisecond)
	w := &trouble{refused: -lab.Ledger.Refused(), accepted: -lab.Ledger.Count()}
	for ends := time.Now().Add(d); time.Now().Before(ends); {
		if status, body := lab.Botd.Ready(ctx); status == http.StatusServiceUnavailable {
			w.told = body
		}
		rig.Wait(ctx, 100*time.Millisecond)
	}
	w.refused += lab.Ledger.Refused()
	w.accepted += lab.Ledger.Count()
	return w
}

func (w *trouble) mustRefuse() {
	if w.refused == 0 {
		w.wrong = append(w.wrong, "no post was answered with 503")
	}
}

// mustTell wants /readyz to have said what to do.
func (w *trouble) mustTell(remedy string) {
	if !strings.Contains(w.told, remedy) {
		w.wrong = append(w.wrong, fmt.Sprintf("/readyz did not say %q: %s", remedy, w.told))
	}
}

// remedy is what the log has to say when botd ends since a flush failed.
const remedy = "check the disk, then restart"

func (w *trouble) mustHaveEnded(lab *rig.Lab, how error) {
	w.told = "none; botd ended"
	if how == nil {
		w.wrong = append(w.wrong, "botd ended with exit code 0 although the disk failed")
	}
	if !lab.Botd.Logged(remedy) {
		w.wrong = append(w.wrong, "the log does not say: "+remedy)
	}
}

func (w *trouble) finish(ctx context.Context, lab *rig.Lab, senders *rig.Senders) (rig.Figures, error) {
	f, err := lab.Finish(ctx, senders)
	told := detail(w.told)
	if told == "" {
		told = "ready"
	}
	f.Note("while it lasted: %d posts answered with 503, %d webhooks acknowledged, /readyz: %s", w.refused, w.accepted, told)
	if err == nil && w.wrong != nil {
		err = errors.New(strings.Join(w.wrong, "; "))
	}
	return f, err
}
