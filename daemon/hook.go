package daemon

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/webhooks"
)

func hookCommand(p Process, known plugins.Registry) *cobra.Command {
	return group("hook", "List hooks, and try them", hookList(p, known), hookSign(p, known), hookTest(p))
}

// signer is what hook sign needs to know.
type signer struct {
	config, secretFile, scheme, id, event, file, credential string

	lines      bool
	configured bool // a configuration was named, and says what --secret-file does not
}

func hookSign(p Process, known plugins.Registry) *cobra.Command {
	var s signer
	c := &cobra.Command{
		Use: "sign HOOK [BODY]", Short: "Print the headers that make a body pass a hook's check, as arguments of curl", Args: cobra.RangeArgs(1, 2),
		Long: `Prints headers for a request with exactly this body, as arguments of curl to be put
into its command line with $(...). They hold for five minutes. The body is the
second argument, or a file named by --file ("-" is standard input).

How the hook is verified comes from the configuration, or from --secret-file
together with --scheme, or with --config for all but the secret. A hook that has a
sender's public key needs the private one there, whsk_.

With --lines the headers are printed one a line, which curl reads with -H @-, also
those whose values have blanks in them.`,
		Example: `  body='{"user":"carol","answer":"B"}'
  curl http://127.0.0.1:8080/hooks/quiz -H content-type:application/json -d "$body" $(botd hook sign quiz "$body")
  botd hook sign lab "$body" --type 'Push Hook' --lines | curl http://127.0.0.1:8080/hooks/lab -H @- -H content-type:application/json -d "$body"`,
		RunE: func(c *cobra.Command, args []string) error {
			s.configured = (c.Flags().Changed("config") || p.Getenv("BOTD_CONFIG") != "") && !c.Flags().Changed("scheme")
			body, err := s.body(p, args)
			if err != nil {
				return err
			}
			headers, err := s.headers(p, known, args[0], body)
			if err != nil {
				return err
			}
			if s.lines {
				return printLines(c.OutOrStdout(), headers)
			}
			text, err := webhooks.CurlArgs(headers)
			if err != nil {
				return fmt.Errorf("%w; print them with --lines instead, for curl -H @-", err)
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), text)
			return err
		},
	}
	configFlag(c, p, &s.config)
	c.Flags().StringVar(&s.secretFile, "secret-file", "", "a file with the hook's secret; found by the configuration when absent")
	oneOfFlag(c, &s.scheme, "scheme", string(config.StandardWebhooks), "with --secret-file: how the hook is verified, one of ", webhooks.Kinds()...)
	c.Flags().StringVar(&s.id, "id", "", "the id of the delivery, by which a repeat is known; a new one when absent")
	c.Flags().StringVar(&s.credential, "credential", "", "the name of the sender's credential, for a hook that takes several; the first when absent")
	c.Flags().StringVar(&s.event, "type", "", "the type of the event, for senders that say it in a header, such as push")
	c.Flags().BoolVar(&s.lines, "lines", false, "print the headers one a line, for curl -H @-")
	c.Flags().StringVar(&s.file, "file", "", `a file with the body; "-" is standard input`)
	return c
}

// printLines writes headers as curl reads them from a file.
func printLines(w io.Writer, h http.Header) error {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			if _, err := fmt.Fprintf(w, "%s: %s\n", name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *signer) body(p Process, args []string) ([]byte, error) {
	switch {
	case len(args) == 2 && s.file != "":
		return nil, usage("the body is given twice, as an argument and by --file")
	case len(args) == 2:
		return []byte(args[1]), nil
	case s.file == "-":
		return io.ReadAll(p.Stdin)
	case s.file != "":
		return os.ReadFile(s.file)
	}
	return nil, usage("a signature is for a body: give it as the second argument or by --file")
}

func (s *signer) headers(p Process, known plugins.Registry, hook string, body []byte) (http.Header, error) {
	verify, err := s.verify(p, known, hook)
	if err != nil {
		return nil, err
	}
	if len(verify.Keys) > 0 {
		return nil, usage("hook %q has the public key of its sender, by which nothing can be signed: give a file with the private one, whsk_, with --secret-file and --scheme %s", hook, verify.Scheme)
	}
	id := s.id
	if id == "" {
		id = "msg_" + randomHex(12)
	}
	return sign(verify, webhooks.Sample{ID: id, Type: s.event, At: time.Now(), Body: body})
}

// credentialsIn says which credentials a hook takes.
func credentialsIn(w *config.Webhook) string {
	if len(w.Credentials) == 0 {
		return "has one, which has no name"
	}
	var names []string
	for _, c := range w.Credentials {
		names = append(names, c.Name)
	}
	return "takes " + strings.Join(names, ", ")
}

// sign signs as the hook's sender would.
func sign(v config.Verify, m webhooks.Sample) (http.Header, error) {
	kind, err := webhooks.FindKind(string(v.Scheme))
	if err != nil {
		return nil, err
	}
	return kind.Sign(settingsOf(v), m)
}

// verify finds out how the hook's sender proves who it is.
func (s *signer) verify(p Process, known plugins.Registry, hook string) (config.Verify, error) {
	o := withoutApps(configOptions(p, known))
	var secret config.Secret
	if s.secretFile != "" {
		text, err := readSecret(s.secretFile)
		if err != nil {
			return config.Verify{}, err
		}
		secret = config.NewSecret(text)
		o.ReadSecret = func(config.SecretRef) (config.Secret, error) { return secret, nil }
		if _, err := webhooks.FindKind(s.scheme); err != nil {
			return config.Verify{}, usage("--scheme: %w", err)
		}
		if !s.configured {
			return config.Verify{Scheme: config.Scheme(s.scheme), Secrets: []config.Secret{secret}}, nil
		}
	}
	c, err := load(s.config, o)
	if err != nil {
		return config.Verify{}, err
	}
	var have []string
	for _, t := range hooksIn(c) {
		if t.Webhook.Hook != hook {
			have = append(have, t.Webhook.Hook)
			continue
		}
		sender, ok := t.Webhook.Sender(s.credential)
		if !ok {
			return config.Verify{}, usage("hook %q takes no credential %q; it %s", hook, s.credential, credentialsIn(t.Webhook))
		}
		v := sender.Verify
		if !secret.IsZero() {
			v.Secrets, v.Keys = []config.Secret{secret}, nil
		}
		return v, nil
	}
	return config.Verify{}, usage("no hook %q in %s; it has %s", hook, s.config, strings.Join(have, ", "))
}
