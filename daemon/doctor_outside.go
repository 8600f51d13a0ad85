package daemon

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/doctor"
	"github.com/botd-chat/botd/store"
)

// outside looks at what is not on this machine's disk: the chat service, the door for
// its callbacks, and what it has told a botd that runs.
func (x *checkup) outside(ctx context.Context, p Process, cfg *config.Config) (list []store.Finding) {
	add := func(found ...doctor.Finding) {
		for _, f := range found {
			list = append(list, store.Finding(f))
		}
	}
	for _, app := range cfg.Apps {
		s := doctor.Service{Config: cfg, App: app, Connect: newClient, Now: time.Now}
		if !exists(cfg.Store.SQLite) {
			// Nothing is known to have been sent.
		} else if accepted, refused, err := store.TargetedSends(ctx, "sqlite:"+cfg.Store.SQLite, app.Name, doctor.WrongEdition); err == nil {
			s.Sent = doctor.Sent{Accepted: accepted, Edition: refused}
		}
		add(s.Examine(ctx)...)
	}
	if !hears(cfg) {
		return list
	}
	// What was refused before is told before the door is tried, which adds to it.
	add(x.told(ctx, p, cfg)...)
	client, base, err := x.door(cfg)
	if err != nil {
		add(doctor.Finding{Check: "callbacks", Problem: err.Error(), Remedy: "correct it; nothing was tried at the door for callbacks"})
		return list
	}
	defer client.CloseIdleConnections()
	for _, app := range cfg.Apps {
		if app.Callbacks.Path != "" {
			add(doctor.Door{App: app, Base: base, Client: client, Now: time.Now, Apps: cfg.Apps}.Examine(ctx)...)
		}
	}
	return list
}

// hears reports whether the service is to tell anything.
func hears(cfg *config.Config) bool {
	for _, app := range cfg.Apps {
		if app.Callbacks.Path != "" {
			return true
		}
	}
	return false
}

// door is where callbacks come in, and who knocks there.
func (x *checkup) door(cfg *config.Config) (*http.Client, string, error) {
	transport := &http.Transport{Proxy: nil, TLSHandshakeTimeout: 3 * time.Second, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	client := &http.Client{Transport: transport}
	if x.publicURL != "" {
		u, err := url.Parse(x.publicURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.User != nil {
			return nil, "", errors.New("--public-url is no address such as https://bots.example.com")
		}
		return client, u.Scheme + "://" + u.Host + strings.TrimSuffix(u.EscapedPath(), "/"), nil
	}
	host, port, err := net.SplitHostPort(cfg.Listen.Public)
	if err != nil {
		return nil, "", fmt.Errorf("listen.public: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	address := net.JoinHostPort(host, port)
	if cfg.Listen.TLS == (config.TLS{}) {
		return client, "http://" + address, nil
	}
	if err := trustOwn(transport.TLSClientConfig, cfg.Listen.TLS.CertFile); err != nil {
		return nil, "", fmt.Errorf("listen.tls: %w", err)
	}
	return client, "https://" + address, nil
}

// trustOwn has a client believe botd's own certificate under its own name, and no other:
// a Sign is not handed to whoever took the port.
func trustOwn(c *tls.Config, file string) error {
	text, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return errors.New("the file holds no certificate")
	}
	own, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	c.RootCAs = x509.NewCertPool()
	c.RootCAs.AppendCertsFromPEM(text)
	switch {
	case len(own.DNSNames) > 0:
		c.ServerName = strings.Replace(own.DNSNames[0], "*", "botd", 1)
	case len(own.IPAddresses) > 0:
		c.ServerName = own.IPAddresses[0].String()
	}
	return nil
}

// told asks a botd that runs what the service has told it.
func (x *checkup) told(ctx context.Context, p Process, cfg *config.Config) (list []doctor.Finding) {
	heard, leaks, err := x.hear(ctx, p)
	if err != nil {
		return []doctor.Finding{{Check: "console", Detail: "what the chat service has told is not known: " + err.Error(),
			Remedy: "start botd, and call botd doctor beside it"}}
	}
	if x.wait > 0 {
		_, _ = fmt.Fprintf(p.Stderr, "botd doctor waits for a callback, for %s at most: write something in a group\n", x.wait)
		found, last := x.await(ctx, p, heard)
		list, heard = append(list, found), last
	}
	if len(heard.Refused) > 0 {
		list = append(list, unbelieved(heard))
	}
	for _, app := range cfg.Apps {
		list = append(list, doctor.Console(cfg, app, toldOf(app, heard, leaks))...)
	}
	return list
}

// unbelieved is what was refused, with the last one's reason in words.
func unbelieved(heard console.CallbackList) doctor.Finding {
	var why []string
	var last console.RefusedCallbacks
	n := 0
	for _, r := range heard.Refused {
		n += r.Count
		why = append(why, fmt.Sprintf("%s %d", r.Reason, r.Count))
		if !r.Last.Before(last.Last) {
			last = r
		}
	}
	return doctor.Finding{Check: "callbacks", Detail: fmt.Sprintf("%v refused since %s (%s), the last at %s: %s", count(n, "callback"),
		heard.Since.UTC().Format(time.DateTime), strings.Join(why, ", "), last.Last.UTC().Format(time.TimeOnly), cmp.Or(last.Detail, "nothing more is known")),
		Remedy: "if they are the service's own, its console has another token, or this machine's clock is wrong; strangers are of no harm, and what botd doctor tries is counted, too"}
}

func (x *checkup) hear(ctx context.Context, p Process) (heard console.CallbackList, leaks console.LeakPage, err error) {
	if err = x.get(ctx, p, "/v1/callbacks", nil, &heard); err == nil {
		err = x.get(ctx, p, "/v1/leaks", url.Values{"limit": {"500"}}, &leaks)
	}
	return heard, leaks, err
}

// toldOf is what was told about one application.
func toldOf(app config.App, heard console.CallbackList, leaks console.LeakPage) doctor.Told {
	t := doctor.Told{Since: heard.Since, Commands: map[string]time.Time{}}
	for _, a := range heard.Apps {
		if a.App != app.Name {
			continue
		}
		for _, c := range a.Commands {
			t.Commands[c.Command] = c.Last
		}
	}
	for _, l := range leaks.Leaks {
		switch {
		case l.App != app.Name:
			continue
		case time.Since(l.Found) < doctor.Lately:
			t.Leaks++
		}
		if l.Found.After(t.LastLeak) {
			t.LastLeak = l.Found
		}
	}
	return t
}

// between is how long after one look at what was told comes the next.
const between = 500 * time.Millisecond

// await waits until more was told than before.
func (x *checkup) await(ctx context.Context, p Process, before console.CallbackList) (doctor.Finding, console.CallbackList) {
	const check = "live"
	deadline := time.Now().Add(x.wait)
	now := before
	for time.Now().Before(deadline) && ctx.Err() == nil {
		heard, _, err := x.hear(ctx, p)
		if err == nil {
			now = heard
		}
		if command := newest(before, now); command != "" {
			return doctor.Finding{Check: check, Detail: "a real callback came: " + command}, now
		}
		select {
		case <-time.After(between):
		case <-ctx.Done():
		}
	}
	return doctor.Finding{Check: check, Problem: fmt.Sprintf("no callback came within %s", x.wait),
		Remedy: "if something was written in a group: look at the address of callbacks in the service's console, whether it is switched on there, and whether the service reaches it through every firewall; a change there takes two minutes"}, now
}

// newest names a callback that came since, other than one of our own.
func newest(before, now console.CallbackList) string {
	count := map[string]int{}
	for _, a := range before.Apps {
		for _, c := range a.Commands {
			count[string(a.App)+" "+c.Command] = c.Count
		}
	}
	for _, a := range now.Apps {
		for _, c := range a.Commands {
			if c.Command != doctor.Probe && c.Count > count[string(a.App)+" "+c.Command] {
				return c.Command
			}
		}
	}
	return ""
}
