package callbacks

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botd-chat/botd/chat"
)

func failing(err error) func(context.Context, Callback) error {
	return func(context.Context, Callback) error { return err }
}

func slow(d time.Duration, err error) func(context.Context, Callback) error {
	return func(ctx context.Context, _ Callback) error {
		select {
		case <-time.After(d):
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func TestAVerdictComesInTimeWhateverTheSinkDoes(t *testing.T) {
	gone := errors.New("too late: void")
	for name, c := range map[string]struct {
		hold func(context.Context, Callback) error
		took time.Duration
		want string
		logs []string
	}{
		"at once":                           {nil, 0, discardAnswer, nil},
		"in a second":                       {slow(time.Second, nil), time.Second, discardAnswer, nil},
		"an error":                          {failing(errors.New("the disk is full")), 0, againAnswer, []string{"the disk is full"}},
		"too late, and void":                {slow(1700*time.Millisecond, gone), 1700 * time.Millisecond, againAnswer, []string{"void"}},
		"not at all, in the end void":       {slow(time.Minute, gone), AnswerWithin, againAnswer, []string{"has not answered in time"}},
		"not at all, and in the end kept":   {slow(time.Minute, nil), AnswerWithin, againAnswer, []string{"has not answered in time", "may be there twice"}},
		"a panic":                           {func(context.Context, Callback) error { panic("/answer B") }, 0, againAnswer, []string{"panicked: string"}},
		"a panic that has more than a text": {func(_ context.Context, c Callback) error { _ = c.Message.Robots[len(c.Message.Text)]; return nil }, 0, againAnswer, []string{"panicked"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, holding())
				s.sink.hold = c.hold
				began := time.Now()
				s.want(t, s.tell(said(BeforeGroupMessage, "carol", "/answer B")), c.want)
				if took := time.Since(began); took != c.took {
					t.Errorf("it took %v, want %v", took, c.took)
				}
				s.Close()
				for _, line := range c.logs {
					if !strings.Contains(s.log.String(), line) {
						t.Errorf("not told: %s\n%s", line, s.log)
					}
				}
				if strings.Contains(s.log.String(), "/answer B") || len(c.logs) == 0 && s.log.String() != "" {
					t.Errorf("told: %s", s.log)
				}
				if c.want == discardAnswer && (len(s.sink.held) != 1 || !s.sink.held[0].by.Equal(began.Add(KeepWithin))) {
					t.Errorf("%+v", s.sink.held)
				}
			})
		})
	}
}

// Whoever asked may hang up: what was begun is ended, so that it is either kept or not.
func TestAServiceThatHangsUpCancelsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, holding(), open("helped", "help"))
		ctx, hangUp := context.WithCancel(t.Context())
		s.sink.hold = func(ctx context.Context, _ Callback) error {
			hangUp()
			return ctx.Err()
		}
		d := s.site.Load().desks["main"]
		message := &Message{Via: chat.ViaGroup, From: "carol", Text: "/answer B", Elements: encoded([]any{textOf("/answer B")})}
		a, out, err := s.hear(ctx, d, Callback{App: "main", Command: BeforeGroupMessage, Received: time.Now(), Group: room1, Message: message})
		if string(a.bytes()) != discardAnswer || out != Held || err != nil || len(s.sink.held) != 1 {
			t.Errorf("%s %v %v", a.bytes(), out, err)
		}
		message.Text, message.Elements = "/help", encoded([]any{textOf("/help")})
		if _, out, err := s.hear(ctx, d, Callback{App: "main", Command: AfterGroupMessage, Received: time.Now(), Group: room1, Message: message}); out != Taken || err != nil {
			t.Errorf("%v %v", out, err)
		}
	})
}

func TestWhatIsTooLongForAnEventIsNotShownAndToldSo(t *testing.T) {
	s := newStage(t, holding(), masking("masked", "***", "damn"))
	for _, text := range []string{"/answer " + strings.Repeat("B", chat.MaxText), "damn " + strings.Repeat("x", chat.MaxText)} {
		s.want(t, s.tell(said(BeforeGroupMessage, "carol", text)), `{"ActionStatus":"OK","ErrorInfo":"`+tooLong+`","ErrorCode":10101}`)
	}
	s.want(t, s.tell(said(BeforeGroupMessage, "carol", strings.Repeat("x", chat.MaxText+1))), okAnswer)
	if len(s.sink.held) != 0 {
		t.Errorf("%+v", s.sink.held)
	}
}

func TestWhatArrivedTooLateIsNotEvenTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, holding())
		c := Callback{App: "main", Received: time.Now().Add(-AnswerWithin), Group: room1, Message: &Message{From: "carol"}}
		if err := s.keep(t.Context(), c, []Rule{holding()}); !errors.Is(err, errLate) || len(s.sink.held) != 0 {
			t.Errorf("%v %v", err, s.sink.held)
		}
	})
}

// A machine that stood still finds the end of the time and what was kept before it at once.
func TestWhatWasKeptCountsAlsoWhereTheTimeIsOver(t *testing.T) {
	void := errors.New("void")
	enough := make(chan time.Time)
	close(enough)
	for range 100 {
		for _, want := range []error{nil, void} {
			kept := make(chan error, 1)
			kept <- want
			if ended, err := inTime(kept, enough); !errors.Is(err, want) || !ended {
				t.Fatalf("%v %v, want %v", err, ended, want)
			}
		}
	}
	if ended, err := inTime(nil, enough); !errors.Is(err, errLate) || ended {
		t.Errorf("%v %v", err, ended)
	}
}
