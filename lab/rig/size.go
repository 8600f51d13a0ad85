package rig

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// Ask gets a path of the admin listener, and returns the answer and how long
// it took. An answer other than 200 is an error.
func (b *Botd) Ask(ctx context.Context, path string) (body []byte, took time.Duration, err error) {
	began := time.Now()
	res, err := b.get(ctx, path)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err = io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("asking for %s: status %d: %.200s", path, res.StatusCode, body)
	}
	return body, time.Since(began), err
}

// Memory is what botd occupies of the machine's memory, and the most it ever
// did, in bytes.
func (b *Botd) Memory() (now, most int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.process.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64) // other lines are no numbers
		switch name {
		case "VmRSS":
			now = kilobytes << 10
		case "VmHWM":
			most = kilobytes << 10
		}
	}
	return now, most, nil
}

// Store is the file of botd's store.
func (b *Botd) Store() string { return b.store }
