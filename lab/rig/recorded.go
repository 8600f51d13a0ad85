package rig

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/botd-chat/botd/lab/disk"
)

// LaunchRecorded runs botd so that all it does to its files and says to others
// is written into a log of strace; see [disk.Read].
func (b *Botd) LaunchRecorded(log string) error {
	path, err := exec.LookPath("strace")
	if err != nil {
		return ErrNoTracer
	}
	return b.Launch(append([]string{path, "-D"}, disk.Arguments(log)...)...)
}

// Recorded returns once strace has written the end of the log. botd has to have
// ended.
func (b *Botd) Recorded(ctx context.Context, log string) error {
	end := regexp.MustCompile(fmt.Sprintf(`(?m)^%d +\+\+\+ `, b.process.Process.Pid)) // short numbers are padded
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		tail, err := tailOf(log, 4096)
		if err != nil {
			return fmt.Errorf("reading the log of strace: %w", err)
		}
		if end.MatchString(tail) {
			return nil
		}
		if !Wait(ctx, 20*time.Millisecond) {
			return ctx.Err()
		}
	}
	return errors.New("strace does not write the end of its log")
}

func tailOf(path string, n int64) (string, error) {
	f, err := os.Open(path) //nolint:gosec // a file of the laboratory's own
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	if size, err := f.Seek(0, io.SeekEnd); err == nil {
		_, _ = f.Seek(max(0, size-n), io.SeekStart) // what cannot be sought is read whole
	}
	tail, err := io.ReadAll(f)
	return string(tail), err
}

// Promise is an answer that told a sender: we have it.
type Promise struct {
	Moment int // when it began to leave botd
	Events []string
}

// Promises are the answers of 2xx to webhooks among what botd said.
func Promises(all []disk.Said) ([]Promise, error) {
	var promises []Promise
	for _, s := range all {
		if !bytes.HasPrefix(s.Data, []byte("HTTP/1.1 202 ")) {
			continue
		}
		_, body, _ := bytes.Cut(s.Data, []byte("\r\n\r\n"))
		p := Promise{Moment: s.Moment}
		if err := json.Unmarshal(body, &p); err != nil {
			return nil, fmt.Errorf("an answer of 202 with a body like %.40q: %w", body, err)
		}
		promises = append(promises, p)
	}
	return promises, nil
}

// Request is a call of the API that left botd.
type Request struct {
	Moment int // when its last byte left
	URI    string
	Body   []byte
	Random uint32
}

// Requests are the messages among what botd said.
func Requests(all []disk.Said) []Request {
	var requests []Request
	began := map[string][]byte{} // by socket: what is not whole yet
	for _, s := range all {
		if !bytes.HasPrefix(s.Data, []byte("POST ")) && began[s.Socket] == nil {
			continue
		}
		text := append(began[s.Socket], s.Data...)
		r, err := request(text)
		if err != nil {
			began[s.Socket] = text
			continue
		}
		delete(began, s.Socket)
		if r.Moment = s.Moment; strings.Contains(r.URI, "/send_group_msg?") {
			requests = append(requests, r)
		}
	}
	return requests
}

func request(text []byte) (r Request, err error) {
	parsed, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
	if err != nil {
		return r, err
	}
	r.URI = parsed.URL.RequestURI()
	if r.Body, err = io.ReadAll(parsed.Body); err != nil {
		return r, err
	}
	var said struct{ Random uint32 }
	err = json.Unmarshal(r.Body, &said)
	r.Random = said.Random
	return r, err
}

// Hear lets the service get requests as if they came now, each until it is not
// one too many.
func (s *Service) Hear(ctx context.Context, requests []Request) error {
	for _, r := range requests {
		for code := tooMany; code == tooMany; {
			var err error
			if code, err = s.hear(ctx, r); err != nil {
				return err
			}
			if code == tooMany && !Wait(ctx, 20*time.Millisecond) {
				return ctx.Err()
			}
		}
	}
	return nil
}

const tooMany = 60007 // product/1047/34348

func (s *Service) hear(ctx context.Context, r Request) (code int, err error) {
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+r.URI, bytes.NewReader(r.Body))
	if err != nil {
		return 0, errors.New("a call that was recorded makes no request") // the error has the UserSig in it
	}
	post.Header.Set("Content-Type", "application/json")
	res, err := admin.Do(post)
	if err != nil {
		return 0, errors.New("the service did not take a call that another had got before")
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct{ ErrorCode int }
	err = json.NewDecoder(res.Body).Decode(&answer)
	return answer.ErrorCode, err
}

// Resend posts webhooks again that senders posted to an earlier botd on the same
// store and got no answer for, as they would; those others got one for are noted
// as acknowledged then.
func (l *Lab) Resend(ctx context.Context, all, acknowledged map[int]Ack) error {
	s := l.newSenders()
	defer s.client.CloseIdleConnections()
	for n := range all {
		if a, known := acknowledged[n]; known {
			s.book.acknowledge(n, a, false)
			continue
		}
		s.persist(ctx, n)
	}
	if answer := s.strange.Load(); answer != nil {
		return fmt.Errorf("a webhook that is as it should be was refused: %s", *answer)
	}
	return ctx.Err()
}
