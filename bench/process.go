package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const token = "a-bearer-token-for-the-benchmark-only"

// process is a stub or a candidate that runs beside us.
type process struct {
	url   string // where it is posted to
	hook  string // the last part of the address
	admin string // botd's admin listener; empty for the others
	cmd   *exec.Cmd
	err   *bytes.Buffer
}

func build(ctx context.Context, s *settings) error {
	if s.binary != "" {
		return nil
	}
	s.binary = filepath.Join(s.folder, "botd")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", s.binary, "github.com/botd-chat/botd/cmd/botd")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building botd: %w\n%s", err, out)
	}
	return nil
}

func startStub(ctx context.Context) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	return start(ctx, address, "/arrived", os.Args[0], "-role", "stub", "-address", address)
}

func startCandidate(ctx context.Context, s settings, name string, stub *process) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	if name == "forwarder" {
		return start(ctx, address, "/readyz", os.Args[0], "-role", "forwarder", "-address", address, "-api", stub.url)
	}
	folder, err := os.MkdirTemp(s.folder, "round-")
	if err != nil {
		return nil, err
	}
	admin, err := freeAddress()
	if err != nil {
		return nil, err
	}
	if err := configure(folder, address, admin, stub.url); err != nil {
		return nil, err
	}
	p, err := start(ctx, admin, "/readyz", s.binary, "serve", "--config", filepath.Join(folder, "bots.yaml"))
	if err != nil {
		return nil, err
	}
	p.url, p.admin = "http://"+address, "http://"+admin
	return p, nil
}

const groups = 200

func groupID(n int) string { return fmt.Sprintf("@TGS#2BENCH%03d", n%groups) }

// configure writes a configuration without limits of the service: the line is
// measured, not the brake.
func configure(folder, public, admin, api string) error {
	ids := make([]string, groups)
	for n := range ids {
		ids[n] = strconv.Quote(groupID(n))
	}
	config := fmt.Sprintf(`
apps:
  main:
    sdk_app_id: 1400001001
    secret_key_file: app.key
    administrator: administrator
    base_url: %s
    calls_per_second: 10000
    group_messages_per_second: 1000
store: sqlite:%s
listen: {public: %s, admin: %s}
admin_token_file: token
bots:
  bench:
    account: benchbot
    groups: [%s]
    on:
      post: {webhook: bench, group: payload.group, verify: {bearer: {token_file: token}}}
      signed: {webhook: signed, group: payload.group, verify: {standard_webhooks: {secret_file: signing.key}}}
      open: {webhook: open, group: payload.group, verify: {none: {}}}
    plugin: notice
    options: {to: {roles: [owner, admin]}}
    audience: {roles: [owner, admin]}
`, api, filepath.Join(folder, "botd.db"), public, admin, strings.Join(ids, ", "))
	for name, content := range map[string]string{"bots.yaml": config, "token": token, "signing.key": signingKey, "app.key": strings.Repeat("0", 64)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func start(ctx context.Context, address, probe, name string, args ...string) (*process, error) {
	p := &process{url: "http://" + address, hook: "bench", cmd: exec.CommandContext(ctx, name, args...), err: &bytes.Buffer{}}
	p.cmd.Stderr = p.err
	p.cmd.Env = append(os.Environ(), "BOTD_LOG_LEVEL=warn")
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if res, err := http.Get(p.url + probe); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return p, nil
			}
		}
	}
	p.stop()
	return nil, fmt.Errorf("%s %s did not start: %s", name, strings.Join(args, " "), p.err)
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	_ = p.cmd.Wait()
}

// cpu is the processor time the process has used so far.
func (p *process) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold blanks; what follows it does not.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] { // utime, stime
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / 100), nil // USER_HZ is 100 on every Linux
}

// profile fetches the CPU profile of the coming seconds into a file, if there
// is one to write.
func (p *process) profile(ctx context.Context, path string) <-chan error {
	done := make(chan error, 1)
	if path == "" || p.admin == "" {
		done <- nil
		return done
	}
	go func() { done <- p.fetchProfile(ctx, path) }()
	return done
}

func (p *process) fetchProfile(ctx context.Context, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.admin+"/debug/pprof/profile?seconds=5", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, res.Body)
	return errors.Join(err, f.Close())
}

func (p *process) arrivals(times bool) (arrivals, error) {
	url := p.url + "/arrived"
	if times {
		url += "?times=1"
	}
	var a arrivals
	res, err := http.Get(url)
	if err != nil {
		return a, err
	}
	defer func() { _ = res.Body.Close() }()
	return a, json.NewDecoder(res.Body).Decode(&a)
}

func (p *process) forget() error {
	res, err := http.Post(p.url+"/reset", "", nil)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// flushes is how often a candidate has waited for its disk; 0 for one that does
// not tell.
func (p *process) flushes(ctx context.Context) (float64, error) {
	if p.admin == "" {
		return 0, nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.admin+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(all)) {
		if value, ok := strings.CutPrefix(line, "botd_store_flushes_total "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, errors.New("botd does not tell how often it waited for its disk")
}
