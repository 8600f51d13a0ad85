package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// victim is a botd that is killed and started again.
type victim struct {
	binary, config, log string
	public, admin       string
	hookSecret          string
	restarts            int
	process             *exec.Cmd
	exited              chan struct{} // closed once it is gone
	ending              error         // how it ended; to be read after exited
}

// prepare builds botd, if need be, and writes its configuration.
func prepare(ctx context.Context, p plan, serviceURL string) (*victim, error) {
	v := &victim{binary: p.binary, config: filepath.Join(p.folder, "bots.yaml"), log: filepath.Join(p.folder, "botd.log")}
	if v.binary == "" {
		v.binary = filepath.Join(p.folder, "botd")
		build := exec.CommandContext(ctx, "go", "build", "-o", v.binary, "github.com/botd-chat/botd/cmd/botd")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building botd: %w\n%s", err, out)
		}
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	v.hookSecret = "whsec_" + base64.StdEncoding.EncodeToString(key)
	addresses, err := freeAddresses(2)
	if err != nil {
		return nil, err
	}
	v.public, v.admin = "http://"+addresses[0], "http://"+addresses[1]
	files := map[string]string{
		"bots.yaml": configuration(p, serviceURL, addresses[0], addresses[1]),
		"app.key":   secretKey, "hook.secret": v.hookSecret,
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(p.folder, name), []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func configuration(p plan, serviceURL, public, admin string) string {
	groups := make([]string, p.groups)
	for n := range groups {
		groups[n] = fmt.Sprintf("%q", groupID(n))
	}
	return fmt.Sprintf(`
apps:
  main:
    sdk_app_id: %d
    secret_key_file: app.key
    administrator: administrator
    base_url: %s
store: sqlite:%s
listen: {public: %s, admin: %s}
bots:
  lab:
    account: labbot
    groups: [%s]
    on:
      post: {webhook: lab, group: payload.group, verify: {standard_webhooks: {secret_file: hook.secret}}}
    plugin: notice
    options: {to: {roles: [owner, admin]}}
    audience: {roles: [owner, admin]}
`, appID, serviceURL, filepath.Join(p.folder, "botd.db"), public, admin, strings.Join(groups, ", "))
}

// freeAddresses finds loopback addresses that nobody listens on. botd must be
// found at the same ones after each restart.
func freeAddresses(n int) ([]string, error) {
	var found []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }()
		found = append(found, l.Addr().String())
	}
	return found, nil
}

// start runs botd and waits until it is ready to accept.
func (v *victim) start(ctx context.Context) error {
	log, err := os.OpenFile(v.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	v.process = exec.Command(v.binary, "serve", "--config", v.config)
	v.process.Stdout, v.process.Stderr = log, log
	if err := v.process.Start(); err != nil {
		return err
	}
	v.exited = make(chan struct{})
	go func() {
		v.ending = v.process.Wait()
		close(v.exited)
	}()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if v.ready(ctx) {
			return nil
		}
		select {
		case <-v.exited:
			return fmt.Errorf("botd ended by itself: %w; see %s", v.ending, v.log)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return fmt.Errorf("botd was not ready after 20 s; see %s", v.log)
}

func (v *victim) ready(ctx context.Context) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.admin+"/readyz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// kill ends botd as a power button would, as far as a process can tell.
func (v *victim) kill() {
	_ = v.process.Process.Kill() // fails only when it is gone already
	<-v.exited
}

// stop asks botd to end and demands that it does, cleanly.
func (v *victim) stop() error {
	if err := v.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-v.exited:
		if v.ending != nil {
			return fmt.Errorf("botd did not end cleanly: %w; see %s", v.ending, v.log)
		}
		return nil
	case <-time.After(30 * time.Second):
		return fmt.Errorf("botd did not end within 30 s of SIGTERM")
	}
}
