package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Listen says where botd is reached, and what it believes of who comes.
type Listen struct {
	Public string // serves hooks only; 127.0.0.1:8080 by default
	Admin  string // serves API, console and metrics; 127.0.0.1:8081 by default
	// AdminToken is asked of whoever comes to Admin. It is set whenever Admin
	// can be reached from other machines; zero is none given.
	AdminToken Secret
	// TLS is the certificate of Public; zero is plain HTTP.
	TLS TLS
	// TrustedProxies are believed in what they say about where requests to Public
	// come from.
	TrustedProxies []netip.Prefix
	// RefusedPerMinute is how many requests that do not prove who sends them one
	// address may make to one hook; 30 by default, 0 is any number.
	RefusedPerMinute int
}

// TLS names the files of a certificate, as paths that begin where botd runs.
type TLS struct {
	CertFile string // PEM: the certificate, then those between it and its root
	KeyFile  string // PEM
}

// What holds when the file says nothing: both addresses are this machine's only.
const (
	defaultPublic  = "127.0.0.1:8080"
	defaultAdmin   = "127.0.0.1:8081"
	defaultRefused = 30
	mostRefused    = 10_000
)

func (r *reader) listen(p place, l *Listen) {
	r.mapping(p, mapping{keys: keys{
		{"public", "The address that strangers reach, as host:port. It serves hooks, and what describes them.", func(v place) { r.address(v, &l.Public) }},
		{"admin", "The address of the API and the metrics, as host:port.", func(v place) { r.address(v, &l.Admin) }},
		{"tls", "The certificate of the public address, which then speaks HTTPS alone.", func(v place) { l.TLS = r.tls(v) }},
		{"trusted_proxies", "The networks of the proxies in front of the public address: only what they say in X-Forwarded-For about where a request comes from is believed. None when left out.", func(v place) {
			l.TrustedProxies = distinct(r, v, r.network("is every address there is: anybody could say where a request comes from", "name the addresses of your proxies"))
		}},
		{"refused_per_minute", "How many requests that do not prove who sends them one address may make to one hook in a minute; what comes beyond is refused unread. 0 is any number.", func(v place) {
			r.number(v, &l.RefusedPerMinute, 0, mostRefused)
		}},
	}})
	if p.schema == nil && clash(l.Public, l.Admin) {
		r.problem(p, "public and admin have the same port", "give them two: strangers reach the public one")
	}
}

// addressForm is the form of what address takes.
var addressForm = regexp.MustCompile(`^(\[[^\]]+\]|[^:/]*):(0|[1-9][0-9]{0,4})$`)

// address reads host:port, where the host is an IP address, localhost, or left
// out for all.
func (r *reader) address(p place, to *string) {
	if p.describes(func(s *schema) {
		standard(s, *to)
		matching(s, addressForm)
	}) {
		return
	}
	const remedy = "write host:port, such as 127.0.0.1:8080, or :8080 for every interface"
	if p.node.Tag == "!!int" {
		r.problem(p, "is a number and no address to listen on", remedy)
		return
	}
	s, ok := r.text(p)
	if !ok {
		return
	}
	host, port, err := net.SplitHostPort(s)
	n, portErr := strconv.Atoi(port)
	_, hostErr := netip.ParseAddr(host)
	switch {
	case err != nil || portErr != nil || !decimal.MatchString(port) || n > 65535:
		r.problem(p, "is no address to listen on", remedy)
	case host != "" && host != "localhost" && hostErr != nil:
		r.problem(p, "the host is no IP address", "write an address of this machine, such as 127.0.0.1:8080, or :8080 for every interface")
	default:
		*to = s
	}
}

// clash reports whether one listener is in the way of the other: on one port of
// one interface, or of every one.
func clash(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	if errA != nil || errB != nil || portA != portB || portA == "0" {
		return false
	}
	ipA, ipB := addressOf(hostA), addressOf(hostB)
	return ipA == ipB || ipA.IsUnspecified() || ipB.IsUnspecified()
}

// addressOf is the address of a host that may be left out, or be localhost.
func addressOf(host string) netip.Addr {
	switch host {
	case "":
		return netip.IPv6Unspecified()
	case "localhost":
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	ip, _ := netip.ParseAddr(host) // it was read as one
	return ip.Unmap()
}

// exposed refuses an admin listener that other machines can reach without a
// token.
func (r *reader) exposed(there map[string]place, l Listen) {
	_, file := there["admin_token_file"]
	_, env := there["admin_token_env"]
	if file || env || loopback(l.Admin) {
		return
	}
	at := there["listen"]
	for name, v := range at.entries() {
		if name == "admin" {
			at = v
		}
	}
	r.problem(at, "other machines can reach this address, and there is no token to ask of them", "use "+defaultAdmin+", or add admin_token_file: beside listen:")
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// tls reads where the certificate is, and has it looked at when both files are
// named.
func (r *reader) tls(p place) (t TLS) {
	there := r.mapping(p, mapping{
		keys: keys{
			{"cert_file", "The file with the certificate, and after it those between it and its root, in PEM. It is read again when it changes.", func(v place) { t.CertFile = r.path(v) }},
			{"key_file", "The file with the certificate's private key, in PEM.", func(v place) { t.KeyFile = r.path(v) }},
		},
		need: map[string]string{
			"cert_file": "name the file with the certificate, such as cert_file: tls/fullchain.pem",
			"key_file":  "name the file with its key, such as key_file: tls/privkey.pem",
		},
	})
	if there == nil || t.CertFile == "" || t.KeyFile == "" || r.opt.Certificate == nil {
		return t
	}
	warning, err := r.opt.Certificate(t.CertFile, t.KeyFile)
	switch {
	case err != nil:
		r.problem(p, line(err.Error()), "")
	case warning != "":
		r.warn(p, warning, "")
	}
	return t
}

// path reads the path of a file, which begins at the folder of the configuration.
func (r *reader) path(p place) string {
	s, ok := r.text(p)
	if !ok || filepath.IsAbs(s) {
		return s
	}
	return filepath.Join(r.dir, s)
}

// errNetwork says what a network is not.
var errNetwork = errors.New("is no network")

// network reads a range of addresses, or one address. What is wrong with every address
// there is depends on what it is for.
func (r *reader) network(every, remedy string) func(place) (netip.Prefix, bool) {
	return func(p place) (netip.Prefix, bool) {
		s, ok := r.text(p)
		if !ok {
			return netip.Prefix{}, false
		}
		n, err := networkOf(s)
		switch {
		case err != nil:
			r.problem(p, errNetwork.Error(), "write an address and how many of its bits count, such as 10.0.0.0/8 or fd00::/8, or one address alone")
		case n.Bits() == 0:
			r.problem(p, every, remedy)
		case n != n.Masked():
			r.problem(p, "has bits set beyond those that count", fmt.Sprintf("write %v", n.Masked()))
		default:
			return n, true
		}
		return netip.Prefix{}, false
	}
}

func networkOf(s string) (netip.Prefix, error) {
	if !strings.Contains(s, "/") {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, errNetwork
		}
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	n, err := netip.ParsePrefix(s)
	if err != nil || n.Addr().Is4In6() {
		return netip.Prefix{}, errNetwork
	}
	return n, nil
}
