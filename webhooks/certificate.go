package webhooks

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Certificate is a TLS certificate with its key, in two files of PEM. Whoever
// renews it replaces the files, which is noticed within a minute.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	now               func() time.Time

	mu     sync.Mutex
	pair   *tls.Certificate
	files  [2]stamp // those that were read last, for better or worse
	looked time.Time
}

// lookEvery is how often a handshake looks whether the files have changed.
const lookEvery = time.Minute

// stamp tells one state of a file from another.
type stamp struct {
	changed time.Time
	size    int64
}

// LoadCertificate reads a certificate. A nil log is none, and a nil now is
// time.Now.
func LoadCertificate(certFile, keyFile string, log *slog.Logger, now func() time.Time) (*Certificate, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if now == nil {
		now = time.Now
	}
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log, now: now, looked: now()}
	c.files = c.stamps()
	var err error
	c.pair, err = readPair(certFile, keyFile)
	return c, err
}

// Get is the certificate for a handshake, as the files have it. If they cannot be
// used it is the last one that could, and the log says what is wrong, once for
// each change of the files.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= lookEvery || now.Before(c.looked) {
		c.looked = now
		c.look()
	}
	return c.pair, nil
}

func (c *Certificate) look() {
	files := c.stamps()
	if files == c.files {
		return
	}
	c.files = files
	pair, err := readPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.Error("the renewed certificate cannot be used; the one before it still is", "error", err)
		return
	}
	c.pair = pair
	c.log.Info("the certificate was renewed", "until", pair.Leaf.NotAfter)
}

func (c *Certificate) stamps() (s [2]stamp) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil { // a file that is not there is told of when it is read
			s[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return s
}

// Until is when the certificate expires.
func (c *Certificate) Until() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pair.Leaf.NotAfter
}

// Warning says why clients will not believe the certificate now, by its times;
// empty if that is not so.
func (c *Certificate) Warning() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch leaf, now := c.pair.Leaf, c.now(); {
	case now.After(leaf.NotAfter):
		return fmt.Sprintf("the certificate in %s expired at %s, and senders will refuse it; renew it", c.certFile, leaf.NotAfter.UTC().Format(time.RFC3339))
	case now.Before(leaf.NotBefore):
		return fmt.Sprintf("the certificate in %s is not valid before %s, and senders will refuse it until then; check the clock", c.certFile, leaf.NotBefore.UTC().Format(time.RFC3339))
	}
	return ""
}

// readPair reads the files and says which of them is not what it should be. Its
// errors quote nothing of the key.
func readPair(certFile, keyFile string) (*tls.Certificate, error) {
	cert, err := readPEM("certificate", certFile, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	key, err := readPEM("private key", keyFile, "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	leaf, _ := pem.Decode(cert)
	if _, err := x509.ParseCertificate(leaf.Bytes); err != nil {
		return nil, fmt.Errorf("the certificate in %s is broken; have it issued again", certFile)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("the key in %s does not belong to the first certificate in %s, or is broken; name the two files that were issued together", keyFile, certFile)
	}
	return &pair, nil
}

// maxPEM is the largest file of a certificate or key, in bytes.
const maxPEM = 1 << 20

func readPEM(what, file string, kinds ...string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s for the %s; correct the path, which begins at the folder of the configuration", file, what)
	case err == nil && (!info.Mode().IsRegular() || info.Size() > maxPEM):
		return nil, fmt.Errorf("%s is no file of a %s", file, what)
	}
	text, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("the %s in %s cannot be read; let the account that botd runs as read it", what, file)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM (-----BEGIN %s-----); name the file with the %s in that form", file, kinds[0], what)
	}
	for _, kind := range kinds {
		if block.Type == kind {
			return text, nil
		}
	}
	return nil, fmt.Errorf("%s begins with a %.40q and not with a %s; are the two files mixed up?", file, block.Type, what)
}
