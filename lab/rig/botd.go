package rig

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Botd is a `botd serve` that is ended and started again on the same files.
type Botd struct {
	Log string // the file with all it ever logged

	binary, config string
	store          string
	public, admin  string
	hookSecret     string
	process        *exec.Cmd
	exited         chan struct{} // closed once it is gone
	ending         error         // how it ended; to be read after exited
}

// Build builds botd from this module into a folder, with more flags of go build
// if there are any, and returns its path.
func Build(ctx context.Context, folder string, flags ...string) (string, error) {
	return BuildOf(ctx, folder, "github.com/botd-chat/botd/cmd/botd", flags...)
}

// BuildOf is [Build] for a botd with other plugins: another main.
func BuildOf(ctx context.Context, folder, main string, flags ...string) (string, error) {
	path := filepath.Join(folder, "botd")
	arguments := slices.Concat([]string{"build", "-o", path}, flags, []string{main})
	build := exec.CommandContext(ctx, "go", arguments...)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building botd: %w\n%s", err, out)
	}
	return path, nil
}

// prepare writes the configuration of the plan's botd into its folder.
func prepare(p Plan, service *Service) (*Botd, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	secret := "whsec_" + base64.StdEncoding.EncodeToString(key)
	store := filepath.Join(p.Data, "botd.db")
	b, err := Configure(p.Binary, p.Folder, map[string]string{"hook.secret": secret}, func(l Listen) string {
		return configuration(store, service, l, p)
	})
	if err != nil {
		return nil, err
	}
	b.store, b.hookSecret = store, secret
	return b, nil
}

// Listen is where a botd of the laboratory listens, as host and port.
type Listen struct{ Public, Admin string }

// YAML is what a configuration says of it, with the token of the admin
// listener.
func (l Listen) YAML() string {
	return fmt.Sprintf("listen: {public: %s, admin: %s}\nadmin_token_file: admin.token\n", l.Public, l.Admin)
}

// Configure makes a botd that is not started yet, with a configuration of the
// caller's own, beside which lie these files: secrets, by name. The key of
// [Service.App] and the token of [Listen.YAML] are there, too.
func Configure(binary, folder string, files map[string]string, configuration func(Listen) string) (*Botd, error) {
	addresses, err := freeAddresses(2)
	if err != nil {
		return nil, err
	}
	l := Listen{Public: addresses[0], Admin: addresses[1]}
	b := &Botd{binary: binary, config: filepath.Join(folder, "bots.yaml"), Log: filepath.Join(folder, "botd.log"),
		public: "http://" + l.Public, admin: "http://" + l.Admin}
	all := map[string]string{"bots.yaml": configuration(l), "app.key": secretKey, "admin.token": adminToken}
	maps.Copy(all, files)
	for name, content := range all {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Hook is the address of a hook.
func (b *Botd) Hook(name string) string { return b.public + "/hooks/" + name }

const adminToken = "an-admin-token-for-the-laboratory-only"

func configuration(store string, service *Service, l Listen, p Plan) string {
	groups, rates := make([]string, p.Groups), ""
	for n := range groups {
		groups[n] = fmt.Sprintf("%q", GroupID(n))
	}
	if p.Fast {
		rates = "\n    calls_per_second: 10000\n    group_messages_per_second: 1000"
	}
	return fmt.Sprintf(`
apps:
  main:
%s%s
store: sqlite:%s
%s
bots:
  lab:
    account: %s
    groups: [%s]
    on:
      post: {webhook: lab, group: payload.group, verify: {standard_webhooks: {secret_file: hook.secret}}}
    plugin: notice
    options: {to: {roles: [owner, admin]}}
    audience: {roles: [owner, admin]}
    limits: {recipients: 200}
`, service.App(), rates, store, l.YAML(), Account, strings.Join(groups, ", "))
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

// Start runs botd and waits until it is ready to accept.
func (b *Botd) Start(ctx context.Context) error {
	if err := b.Launch(); err != nil {
		return err
	}
	return b.AwaitReady(ctx, 20*time.Second)
}

// Launch runs botd, under a program that runs another if there is one, such as
// strace with its arguments.
func (b *Botd) Launch(under ...string) error {
	log, err := os.OpenFile(b.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	line := append(under, b.binary, "serve", "--config", b.config)
	process := exec.Command(line[0], line[1:]...)
	process.Stdout, process.Stderr = log, log
	if err := process.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	b.process, b.exited = process, exited
	go func() {
		b.ending = process.Wait()
		close(exited)
	}()
	return nil
}

// ErrEnded says that botd ended by itself.
var ErrEnded = errors.New("botd ended by itself")

// AwaitReady waits until botd is ready to accept.
func (b *Botd) AwaitReady(ctx context.Context, patience time.Duration) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if status, _ := b.Ready(ctx); status == http.StatusOK {
			return nil
		}
		select {
		case <-b.exited:
			return fmt.Errorf("%w: %w; see %s", ErrEnded, b.ending, b.Log)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return fmt.Errorf("botd was not ready after %v; see %s", patience, b.Log)
}

// Ready is the answer of /readyz; status 0 means none.
func (b *Botd) Ready(ctx context.Context) (status int, body string) {
	res, err := b.get(ctx, "/readyz")
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<16)) // what came of it is what it says
	return res.StatusCode, string(text)
}

func (b *Botd) get(ctx context.Context, path string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.admin+path, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+adminToken)
	return admin.Do(r)
}

var admin = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// Exited is closed once botd is gone.
func (b *Botd) Exited() <-chan struct{} { return b.exited }

// Ended reports whether botd has ended by itself, and how: nil is exit code 0.
func (b *Botd) Ended() (ended bool, how error) {
	select {
	case <-b.exited:
		return true, b.ending
	default:
		return false, nil
	}
}

// Kill ends botd as a power button would, as far as a process can tell.
func (b *Botd) Kill() {
	if b.process == nil {
		return
	}
	_ = b.process.Process.Kill() // fails only when it is gone already
	<-b.exited
}

// Signal sends a signal.
func (b *Botd) Signal(s syscall.Signal) error { return b.process.Process.Signal(s) }

// Stop asks botd to end, and says how long that took. It has to end within the
// time given, and cleanly.
func (b *Botd) Stop(within time.Duration) (time.Duration, error) {
	began := time.Now()
	if err := b.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-b.exited:
		if b.ending != nil {
			return time.Since(began), fmt.Errorf("botd did not end cleanly: %w; see %s", b.ending, b.Log)
		}
		return time.Since(began), nil
	case <-time.After(within):
		return within, fmt.Errorf("botd did not end within %v of SIGTERM; see %s", within, b.Log)
	}
}

// Logged reports whether botd ever logged these words.
func (b *Botd) Logged(words string) bool {
	text, err := os.ReadFile(b.Log)
	return err == nil && strings.Contains(string(text), words)
}

// LogSize is how long the log is.
func (b *Botd) LogSize() int64 {
	info, err := os.Stat(b.Log)
	if err != nil {
		return 0
	}
	return info.Size()
}

// LogSince is what was logged since the log was so long.
func (b *Botd) LogSince(size int64) (string, error) {
	text, err := os.ReadFile(b.Log)
	return string(text[min(size, int64(len(text))):]), err
}

// Doctor runs botd doctor on what is on disk, and returns whether it finds all well, and what it
// says.
func (b *Botd) Doctor(ctx context.Context) (sound bool, told string, err error) {
	out, err := exec.CommandContext(ctx, b.binary, "doctor", "--offline", "--config", b.config).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return false, string(out), nil
	}
	return err == nil, string(out), err
}
