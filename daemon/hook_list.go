package daemon

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/webhooks"
)

// listedHook is what is told of a hook. It holds no secret.
type listedHook struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Bot     string `json:"bot"`
	Trigger string `json:"trigger"`
	Scheme  string `json:"scheme"`
	By      string `json:"by,omitempty"` // whose rules the proof follows, if not those of Scheme
	Secrets int    `json:"secrets"`
	Keys    int    `json:"public_keys"`
	MaxBody int64  `json:"max_body"` // bytes
	Retired bool   `json:"retired"`
	// Credentials are the names of those that it takes.
	Credentials []string `json:"credentials,omitempty"`
}

func hookList(p Process, known plugins.Registry) *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the hooks of a configuration, and how their senders prove who they are", Args: cobra.NoArgs,
		Long: `Lists the hooks as they stand in the configuration; what a running botd has is that of
its last start or reload. Secrets are counted and not read, so their files need not be
readable.`,
		Example: "  botd hook list --config config/bots.yaml",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := load(path, withoutSecrets(configOptions(p, known)))
			if err != nil {
				return err
			}
			list, err := listHooks(cfg)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), list)
			}
			return printHooks(c.OutOrStdout(), list)
		},
	}
	configFlag(c, p, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// withoutSecrets reads no secret and takes each for sound.
func withoutSecrets(o config.Options) config.Options {
	o.ReadSecret = func(config.SecretRef) (config.Secret, error) { return config.NewSecret("not read"), nil }
	return o
}

// hooksIn yields the triggers that are webhooks, in the order of the file.
func hooksIn(c *config.Config) func(yield func(config.Bot, config.Trigger) bool) {
	return func(yield func(config.Bot, config.Trigger) bool) {
		for _, b := range c.Bots {
			for _, t := range b.Triggers {
				if t.Webhook != nil && !yield(b, t) {
					return
				}
			}
		}
	}
}

func listHooks(c *config.Config) ([]listedHook, error) {
	list := []listedHook{}
	for b, t := range hooksIn(c) {
		w := t.Webhook
		kind, err := webhooks.FindKind(string(w.Verify.Scheme))
		if err != nil {
			return nil, fmt.Errorf("hook %q: %w", w.Hook, err)
		}
		h := listedHook{
			Name: w.Hook, Address: "/hooks/" + w.Hook, Bot: string(b.Name), Trigger: string(t.Name),
			Scheme: string(w.Verify.Scheme), By: string(w.Verify.By),
			Secrets: len(w.Verify.Secrets), Keys: len(w.Verify.Keys), MaxBody: w.MaxBody, Retired: w.Retired,
		}
		for _, c := range w.Credentials {
			h.Credentials = append(h.Credentials, c.Name)
		}
		if h.MaxBody == 0 {
			h.MaxBody = kind.MaxBody
		}
		if h.MaxBody == 0 {
			h.MaxBody = webhooks.DefaultMaxBody
		}
		list = append(list, h)
	}
	return list, nil
}

func printHooks(w io.Writer, list []listedHook) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "no bot has a webhook")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "HOOK\tADDRESS\tBOT\tTRIGGER\tSENDERS\tPROVED BY\tLARGEST BODY\t")
	for _, h := range list {
		retired := ""
		if h.Retired {
			retired = "retired"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", h.Name, h.Address, h.Bot, h.Trigger, h.Scheme, h.proof(), h.MaxBody, retired)
	}
	return t.Flush()
}

// proof says how senders prove who they are, in a few words.
func (h listedHook) proof() string {
	if len(h.Credentials) > 0 {
		return "credentials " + strings.Join(h.Credentials, ", ")
	}
	var words []string
	if h.By != "" {
		words = append(words, h.By)
	}
	if h.Secrets > 0 {
		words = append(words, fmt.Sprint(count(h.Secrets, "secret")))
	}
	if h.Keys > 0 {
		words = append(words, fmt.Sprint(count(h.Keys, "public key")))
	}
	if len(words) == 0 {
		return "nothing: anybody can post"
	}
	return strings.Join(words, ", ")
}
