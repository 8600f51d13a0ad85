package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/im/simulator"
)

func simCommand(p Process) *cobra.Command {
	var address, keyFile string
	var heard simCallbacks
	c := &cobra.Command{
		Use: "sim", Short: "Run the simulated chat service alone", Args: cobra.NoArgs,
		Long: `Runs a simulator of the chat service with two rooms and a page that shows what each
member sees. Point a botd at it with base_url. It is as unforgiving as the real
service may be: a message without a list of recipients goes to the whole group. Told of
a botd's address for callbacks, it asks there before it shows what a member writes on
the page, and delivers it to all when it hears nothing for two seconds.`,
		Example: "  botd sim --listen 127.0.0.1:8082 --secret-key-file /tmp/sim.key\n" +
			"  botd sim --callback-url http://127.0.0.1:8080/callbacks/tencent --callback-token-file /tmp/sim.callback",
		RunE: func(c *cobra.Command, _ []string) error {
			log, err := newLog(p.Stderr, p.Getenv)
			if err != nil {
				return err
			}
			key, path, err := simKey(keyFile)
			if err != nil {
				return err
			}
			sim, err := newWorld(key, clockwork.NewRealClock(), log)
			if err != nil {
				return err
			}
			lines, err := heard.set(sim)
			if err != nil {
				return err
			}
			listener, err := (&net.ListenConfig{}).Listen(c.Context(), "tcp", address)
			if err != nil {
				return fmt.Errorf("listening for the simulator: %w; choose another address with --listen", err)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), `simulator: http://%s  (what each member sees)
in a configuration, as one of apps:
    sdk_app_id: %d
    administrator: %s
    secret_key_file: %s
    base_url: http://%s
%sgroups: %s (class room), %s (team)
`, listener.Addr(), demoApp, demoAdministrator, path, listener.Addr(), lines, classRoom, teamRoom)
			if err != nil {
				return err
			}
			return interruptedIsFine(serveSimulator(c.Context(), listener, sim))
		},
	}
	c.Flags().StringVar(&address, "listen", "127.0.0.1:8082", "where the simulator is reached")
	c.Flags().StringVar(&keyFile, "secret-key-file", filepath.Join(os.TempDir(), "botd-sim.key"), "the application's secret key; made when it is not there")
	c.Flags().StringVar(&heard.url, "callback-url", "", "where a botd hears what happens in the groups; none when absent")
	c.Flags().StringVar(&heard.tokenFile, "callback-token-file", "", "the token that callbacks are signed with; made when it is not there. Without it they are not signed")
	return c
}

// simCallbacks is where the simulator sends callbacks, and what signs them.
type simCallbacks struct{ url, tokenFile string }

// set tells the simulator, and returns what an application's configuration needs, too.
func (s simCallbacks) set(sim *simulator.Simulator) (lines string, err error) {
	if s.url == "" {
		if s.tokenFile != "" {
			return "", usage("--callback-token-file signs callbacks, and there are none; add --callback-url")
		}
		return "", nil
	}
	c := simulator.Callbacks{URL: s.url}
	lines = "    callbacks: {insecure: true}\n"
	if s.tokenFile != "" {
		token, path, err := simKey(s.tokenFile)
		if err != nil {
			return "", err
		}
		c.Token, lines = token, fmt.Sprintf("    callbacks: {token_file: %s}\n", path)
	}
	if err := sim.SetCallbacks(c); err != nil {
		return "", usage("--callback-url: %w", err)
	}
	return lines, nil
}

// simKey reads a secret of the simulator's from its file, or makes one there.
func simKey(path string) (key, absolute string, err error) {
	if absolute, err = filepath.Abs(path); err != nil {
		return "", "", err
	}
	if err := keepSecret(absolute, func() string { return randomHex(32) }); err != nil {
		return "", "", err
	}
	key, err = readSecret(absolute)
	return key, absolute, err
}

// serveSimulator answers until the context ends.
func serveSimulator(ctx context.Context, l net.Listener, sim *simulator.Simulator) error {
	server := &http.Server{Handler: sim.Handler(), ReadHeaderTimeout: 5 * time.Second}
	server.RegisterOnShutdown(sim.Close)
	return serveHTTP(ctx, server, l)
}

// serveHTTP answers until the context ends, and then until the requests that
// have begun are answered.
func serveHTTP(ctx context.Context, server *http.Server, l net.Listener) error {
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	return finish(ctx, server, finishing)
}

// interruptedIsFine is for servers: being asked to end is how they end.
func interruptedIsFine(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
