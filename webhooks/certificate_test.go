package webhooks

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// issue writes a certificate of its own for 127.0.0.1, and its key.
func issue(t *testing.T, certFile, keyFile string, serial int64, from, until time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "botd"}, NotBefore: from, NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	cert, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func pairIn(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	dir := t.TempDir()
	return filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
}

func TestARenewedCertificateIsUsedAndABrokenOneIsNot(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	certFile, keyFile := pairIn(t)
	issue(t, certFile, keyFile, 1, now.Add(-time.Hour), now.Add(time.Hour))
	var log bytes.Buffer
	c, err := LoadCertificate(certFile, keyFile, slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	serves := func(serial int64) {
		t.Helper()
		pair, err := c.Get(nil)
		if err != nil || pair.Leaf.SerialNumber.Int64() != serial {
			t.Errorf("serves %v, %v; want %d", pair.Leaf.SerialNumber, err, serial)
		}
	}
	touched := now
	renew := func(serial int64) {
		issue(t, certFile, keyFile, serial, now.Add(-time.Hour), now.Add(24*time.Hour))
		touched = touched.Add(time.Second)
		for _, name := range []string{certFile, keyFile} {
			if err := os.Chtimes(name, touched, touched); err != nil {
				t.Fatal(err)
			}
		}
	}
	renew(2)
	now = now.Add(59 * time.Second)
	serves(1) // it looks once a minute
	now = now.Add(time.Second)
	serves(2)
	renew(3)
	if err := os.WriteFile(certFile, []byte("-----BEGIN CERT"), 0o600); err != nil { // half of it is written
		t.Fatal(err)
	}
	for range 3 {
		now = now.Add(time.Minute)
		serves(2)
	}
	if n := strings.Count(log.String(), "cannot be used"); n != 1 {
		t.Errorf("told %d times:\n%s", n, log.String())
	}
	renew(4)
	now = now.Add(time.Minute)
	serves(4)
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	serves(4)
	if !strings.Contains(log.String(), "there is no file") {
		t.Errorf("%s", log.String())
	}
	now = now.Add(48 * time.Hour)
	if w := c.Warning(); !strings.Contains(w, "expired") {
		t.Errorf("warns %q", w)
	}
	now = now.Add(-96 * time.Hour)
	if w := c.Warning(); !strings.Contains(w, "not valid before") {
		t.Errorf("warns %q", w)
	}
}

func TestACertificateThatCannotBeUsedSaysWhichFileIsWrong(t *testing.T) {
	certFile, keyFile := pairIn(t)
	issue(t, certFile, keyFile, 1, time.Now(), time.Now().Add(time.Hour))
	otherCert, otherKey := pairIn(t)
	issue(t, otherCert, otherKey, 2, time.Now(), time.Now().Add(time.Hour))
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct{ cert, key, want string }{
		"no certificate":      {"nowhere.pem", keyFile, "there is no file nowhere.pem for the certificate"},
		"no key":              {certFile, "nowhere.pem", "there is no file nowhere.pem for the private key"},
		"a folder":            {t.TempDir(), keyFile, "is no file of a certificate"},
		"not PEM":             {write("cert.der", "\x30\x82"), keyFile, "cert.der holds no PEM"},
		"mixed up":            {keyFile, certFile, "key.pem begins with a \"PRIVATE KEY\" and not with a certificate; are the two files mixed up?"},
		"of two issues":       {certFile, otherKey, "does not belong to the first certificate"},
		"a broken one":        {write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), keyFile, "broken.pem is broken"},
		"a key with a phrase": {certFile, write("phrase.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), "ENCRYPTED"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadCertificate(c.cert, c.key, nil, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

func TestTheServerSpeaksTLSFrom12OnAndHTTP2(t *testing.T) {
	certFile, keyFile := pairIn(t)
	issue(t, certFile, keyFile, 1, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	c, err := LoadCertificate(certFile, keyFile, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	server := Server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }), nil)
	server.TLSConfig = TLSConfig(c.Get)
	l, err := Listen(t.Context(), "127.0.0.1:0", 0, uncounted, nil)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.ServeTLS(l, "", "") }()
	t.Cleanup(func() { _ = server.Close(); <-ended })
	roots := x509.NewCertPool()
	roots.AddCert(c.pair.Leaf)
	for name, q := range map[string]struct {
		config *tls.Config
		h2     bool
		want   string // empty: no connection
	}{
		"HTTP/2":        {&tls.Config{}, true, "HTTP/2.0"},
		"HTTP/1.1":      {&tls.Config{}, false, "HTTP/1.1"},
		"TLS 1.2":       {&tls.Config{MaxVersion: tls.VersionTLS12}, false, "HTTP/1.1"},
		"older than it": {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			q.config.RootCAs = roots
			transport := &http.Transport{TLSClientConfig: q.config, ForceAttemptHTTP2: q.h2}
			defer transport.CloseIdleConnections()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+l.Addr().String()+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := transport.RoundTrip(req)
			if q.want == "" {
				if err == nil {
					t.Errorf("speaks %x", res.TLS.Version)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if body, _ := io.ReadAll(res.Body); string(body) != q.want {
				t.Errorf("speaks %s", body)
			}
		})
	}
}
