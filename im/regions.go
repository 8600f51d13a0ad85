package im

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// A region's main host, and its backup for trouble with names (product/1047/34921).
// An application lives in one region for ever, chosen when it was created. No page
// names Riyadh's backup: it is formed as the others are.
var regions = map[string][2]string{
	"china":          {"console.tim.qq.com", "adminapi.my-imcloud.com"},
	"singapore":      {"adminapisgp.im.qcloud.com", "adminapisgp.my-imcloud.com"},
	"seoul":          {"adminapikr.im.qcloud.com", "adminapikr.my-imcloud.com"},
	"tokyo":          {"adminapijpn.im.qcloud.com", "adminapijpn.my-imcloud.com"},
	"frankfurt":      {"adminapiger.im.qcloud.com", "adminapiger.my-imcloud.com"},
	"silicon-valley": {"adminapiusa.im.qcloud.com", "adminapiusa.my-imcloud.com"},
	"jakarta":        {"adminapiidn.im.qcloud.com", "adminapiidn.my-imcloud.com"},
	"riyadh":         {"adminapiksa.im.qcloud.com", "adminapiksa.my-imcloud.com"},
	"mumbai":         {"adminapiind.im.qcloud.com", "adminapiind.my-imcloud.com"},
}

// Regions are the names of the regions, sorted.
func Regions() []string {
	var names []string
	for name := range regions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// bases are the addresses that a configuration means: the main one, and the
// backup if there is one.
func (c Config) bases() ([]string, error) {
	switch {
	case c.Region != "" && (c.BaseURL != "" || c.BackupURL != ""):
		return nil, errors.New("both a region and a base URL are given: give one")
	case c.Region != "":
		hosts, ok := regions[c.Region]
		if !ok {
			return nil, fmt.Errorf("no region %q; have %s", c.Region, strings.Join(Regions(), ", "))
		}
		return []string{"https://" + hosts[0], "https://" + hosts[1]}, nil
	case c.BaseURL == "":
		return nil, errors.New("neither a region nor a base URL is given: give one")
	}
	var bases []string
	for _, text := range []string{c.BaseURL, c.BackupURL} {
		if text == "" {
			continue
		}
		base, err := checkBase(text)
		if err != nil {
			return nil, err
		}
		bases = append(bases, base)
	}
	return bases, nil
}

func checkBase(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return "", errors.New("a base URL is a scheme and a host, such as https://adminapisgp.im.qcloud.com")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return u.Scheme + "://" + u.Host, nil
	}
	return "", errors.New("a base URL begins with https://, because every call carries a UserSig; http:// is for this machine only")
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

const (
	// failsBeforeSwitch makes the second half of four attempts go to the other host.
	failsBeforeSwitch = 2
	// backToMain is how long the backup host is used before the main one is
	// tried again.
	backToMain = time.Minute
)

// hosts says which of the addresses to call. It changes over after repeated
// trouble on the line, and comes back to the main one by and by.
type hosts struct {
	bases []string
	now   func() time.Time

	mu       sync.Mutex
	current  int
	fails    int // in a row
	switched time.Time
}

func (h *hosts) pick() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.current != 0 && h.now().Sub(h.switched).Abs() >= backToMain {
		h.current, h.fails = 0, 0
	}
	return h.bases[h.current]
}

func (h *hosts) answered(base string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bases[h.current] == base {
		h.fails = 0
	}
}

func (h *hosts) failed(base string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bases[h.current] != base {
		return
	}
	h.fails++
	if h.fails >= failsBeforeSwitch {
		h.current, h.fails, h.switched = (h.current+1)%len(h.bases), 0, h.now()
	}
}
