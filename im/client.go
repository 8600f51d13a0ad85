package im

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/botd-chat/botd/chat"
)

// DefaultTimeout bounds one attempt. The service gives up after 3 s itself, and
// asks clients to wait longer than that (product/1047/34620).
const DefaultTimeout = 5 * time.Second

// Config is one application of Tencent Cloud Chat and how to reach it.
type Config struct {
	SDKAppID      uint64
	Administrator chat.UserID // one of the application's administrators
	Key           SecretKey

	// Region is one of [Regions]. Instead of it, BaseURL is a scheme and a host,
	// and BackupURL another for when it cannot be reached; none is needed.
	Region    string
	BaseURL   string
	BackupURL string

	Limits      Limits
	Timeout     time.Duration    // of one attempt; 0: DefaultTimeout
	Life        time.Duration    // of a UserSig; 0: DefaultLife
	Connections int              // kept open to the service; 0: 64
	Dial        Dial             // how connections are made; nil: over TCP
	Now         func() time.Time // for UserSigs; nil: time.Now
	Observe     func(Call)       // told of every attempt, from its goroutine; nil: nobody
}

// Dial makes a connection to an address of the service, as
// [net.Dialer.DialContext] does. Until it has one, nothing was sent.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Call is one attempt at a call, for those who count.
type Call struct {
	API    string
	Class  Class // empty when it succeeded
	Code   int   // the service's ErrorCode
	Backup bool  // it went to the backup host
	Took   time.Duration
	// Date is the service's clock when it answered, to the second, as the header of
	// its answer says; zero where that has none, as no document promises it.
	Date time.Time
}

// Client calls the service for one application. It is safe for concurrent use.
type Client struct {
	app     uint64
	query   string // of every address, up to what is new each time
	timeout time.Duration
	now     func() time.Time
	observe func(Call)

	http      *resty.Client
	transport *http.Transport
	hosts     *hosts
	signer    *signer
	limits    *limiters
	closed    atomic.Bool
}

// New returns a client. It calls nobody yet; Close it in the end.
func New(c Config) (*Client, error) {
	bases, err := c.check()
	if err != nil {
		return nil, fmt.Errorf("application %d: %w", c.SDKAppID, err)
	}
	c = c.withDefaults()
	transport := newTransport(c.Connections, c.Dial)
	return &Client{
		app:       c.SDKAppID,
		query:     query(c.SDKAppID, c.Administrator),
		timeout:   c.Timeout,
		now:       c.Now,
		observe:   c.Observe,
		http:      newHTTP(&guard{next: transport, app: c.SDKAppID, bases: bases}),
		transport: transport,
		hosts:     &hosts{bases: bases, now: c.Now},
		signer:    &signer{app: c.SDKAppID, user: c.Administrator, key: c.Key, life: c.Life, now: c.Now},
		limits:    newLimiters(c.Limits),
	}, nil
}

func query(app uint64, admin chat.UserID) string {
	return "?contenttype=json&identifier=" + url.QueryEscape(string(admin)) + "&sdkappid=" + strconv.FormatUint(app, 10) + "&random="
}

// check reports every problem at once.
func (c Config) check() (bases []string, err error) {
	var problems []error
	if c.SDKAppID == 0 {
		problems = append(problems, errors.New("the application id (SDKAppID) is missing"))
	}
	if c.Administrator == "" {
		problems = append(problems, errors.New("the administrator is missing: name one of the application's administrators"))
	} else if err := c.Administrator.Validate(); err != nil {
		problems = append(problems, fmt.Errorf("the administrator: %w", err))
	}
	if c.Key.IsZero() {
		problems = append(problems, errors.New("the secret key is missing"))
	}
	bases, err = c.bases()
	return bases, errors.Join(append(problems, err)...)
}

func (c Config) withDefaults() Config {
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Life <= 0 {
		c.Life = DefaultLife
	}
	if c.Connections <= 0 {
		c.Connections = 64
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	}
	if c.Observe == nil {
		c.Observe = func(Call) {}
	}
	return c
}

// Follow makes c the successor of old, for the same application: what old has
// called, and still calls, counts against the limits that they share from now
// on, and which are old's until [Client.Limit] says otherwise. So is a pause that
// the service asked for. Call it before c is used.
func (c *Client) Follow(old *Client) { c.limits = old.limits }

// Limit changes the limits, also for calls that wait for their turn by now and
// for clients that share them.
func (c *Client) Limit(l Limits) { c.limits.change(l) }

// Close lets go of connections: of idle ones at once, and of others when their
// calls end. Calls under way go on, and new ones can be made.
func (c *Client) Close() {
	c.closed.Store(true)
	c.transport.CloseIdleConnections()
}

// pause stops all calls for a while, and pausedFor is how much of it is left.
func (c *Client) pause(d time.Duration) { c.limits.pause(c.now().Add(d)) }

func (c *Client) pausedFor() time.Duration { return c.limits.pausedUntil().Sub(c.now()) }
