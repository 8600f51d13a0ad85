package daemon_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// issue writes a certificate for this machine into the rig's folder.
func (r *rig) issue(serial int64, until time.Time) {
	r.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(r.t, err)
	about := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "botd"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: until, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	cert, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	must(r.t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(r.t, err)
	r.write("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	r.write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
}

// shown is the serial number of the certificate that senders are shown.
func (r *rig) shown() int64 {
	r.t.Helper()
	d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // it is looked at and not believed
	c, err := d.DialContext(r.t.Context(), "tcp", strings.TrimPrefix(r.public, "https://"))
	must(r.t, err)
	defer func() { _ = c.Close() }()
	return c.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestTheCertificateIsReadAgainByAReload(t *testing.T) {
	r := newRig(t, "")
	plain := r.written()
	r.issue(1, time.Now().Add(time.Hour))
	r.write("bots.yaml", strings.Replace(plain, "listen: {", "listen: {tls: {cert_file: cert.pem, key_file: key.pem}, ", 1))
	r.refused("remove it, or restart botd")
	r.end()
	r.startAgain()
	r.public = strings.Replace(r.public, "http:", "https:", 1)
	r.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true} //nolint:gosec // a certificate of its own
	defer r.client.CloseIdleConnections()
	if got := r.told("token", hookToken, "k1"); got != http.StatusAccepted || r.shown() != 1 {
		t.Errorf("%d, certificate %d", got, r.shown())
	}
	r.issue(2, time.Now().Add(time.Hour))
	r.reloaded()
	if got := r.shown(); got != 2 {
		t.Errorf("after the reload senders are shown certificate %d", got)
	}
	r.write("key.pem", "-----BEGIN")
	r.refused("holds no PEM")
	if got := r.told("token", hookToken, "k2"); got != http.StatusAccepted || r.shown() != 2 {
		t.Errorf("%d, certificate %d", got, r.shown())
	}
	r.issue(3, time.Now().Add(-time.Minute))
	if a := r.reload(); a.status != http.StatusOK || !strings.Contains(a.body, "expired") {
		t.Errorf("%d: %s", a.status, a.body)
	}
}

func TestAProxyIsBelievedWhenItIsTrusted(t *testing.T) {
	r := newRig(t, "")
	remote := func() any {
		r.do(http.MethodPost, r.public+"/hooks/token", http.Header{"X-Forwarded-For": {"203.0.113.9"}, "X-Request-Id": {"look"}}, "{}")
		for line := range strings.Lines(r.log.String()) {
			if strings.Contains(line, `"look"`) && strings.Contains(line, "203.0.113.9") {
				return "203.0.113.9"
			}
		}
		return nil
	}
	if got := remote(); got != nil {
		t.Errorf("anybody is believed: %v", got)
	}
	r.edit("listen: {", "listen: {trusted_proxies: [127.0.0.1], refused_per_minute: 3, ")
	r.reloaded("listen.trusted_proxies changed", "listen.refused_per_minute changed")
	if got := remote(); got != "203.0.113.9" {
		t.Errorf("the proxy is not believed:\n%s", r.log)
	}
	forwarded := http.Header{"X-Forwarded-For": {"203.0.113.9"}}
	statuses := map[int]int{}
	for range 5 {
		statuses[r.do(http.MethodPost, r.public+"/hooks/token", forwarded, "{}").status]++
	}
	if statuses[http.StatusUnauthorized] != 2 || statuses[http.StatusTooManyRequests] != 3 {
		t.Errorf("%v", statuses)
	}
	if got := r.told("token", hookToken, "k1"); got != http.StatusAccepted {
		t.Errorf("the sender itself: %d", got)
	}
}
