package daemon

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/webhooks"
)

// listedHook is what is told of a hook. It holds no secret.
type listedHook struct {
	Name        string             `json:"name"`
	Address     string             `json:"address"`
	Bot         chat.BotName       `json:"bot"`
	Trigger     chat.TriggerName   `json:"trigger"`
	Scheme      config.Scheme      `json:"scheme"`
	MaxBody     int64              `json:"max_body"` // bytes
	Retired     bool               `json:"retired"`
	Credentials []listedCredential `json:"credentials"`
}

// listedCredential is one that is enough for a hook.
type listedCredential struct {
	Name    string         `json:"name,omitempty"` // empty where it belongs to the hook alone
	By      config.Scheme  `json:"by,omitempty"`   // whose rules the proof follows, if not those of the hook's scheme
	Secrets int            `json:"secrets"`
	Keys    int            `json:"public_keys"`
	Ceiling *listedCeiling `json:"ceiling,omitempty"` // nil: what the bot may do
}

type listedCeiling struct {
	Bots       []chat.BotName `json:"bots,omitempty"`
	Groups     []chat.GroupID `json:"groups,omitempty"`
	Audience   *chat.Audience `json:"audience,omitempty"`
	Recipients int            `json:"recipients,omitempty"`
	PerMinute  int            `json:"per_minute,omitempty"`
}

func hookList(p Process, known plugins.Registry) *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the hooks of a configuration, and how their senders prove who they are", Args: cobra.NoArgs,
		Long: `Lists the hooks as they stand in the configuration; what a running botd has is that of
its last start or reload. Secrets are counted and not read, so their files need not be
readable, nor need its apps be there.`,
		Example: "  botd hook list --config config/bots.yaml",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := load(path, withoutSecrets(withoutApps(configOptions(p, known))))
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

// withoutSecrets reads no secret and takes each for sound. Plugins are not asked, since
// they would be about secrets that are none.
func withoutSecrets(o config.Options) config.Options {
	o.Plugin, o.Trigger = nil, nil
	o.ReadSecret = func(config.SecretRef) (config.Secret, error) { return config.NewSecret(notRead), nil }
	return o
}

// withoutApps takes every application for one that is there, for what calls none.
func withoutApps(o config.Options) config.Options {
	o.Apps = func(name chat.AppName) config.App { return config.App{Name: name} }
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
			Name: w.Hook, Address: "/hooks/" + w.Hook, Bot: b.Name, Trigger: t.Name,
			Scheme: w.Verify.Scheme, MaxBody: w.MaxBody, Retired: w.Retired, Credentials: listCredentials(w),
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

func listCredentials(w *config.Webhook) []listedCredential {
	all := w.Credentials
	if len(all) == 0 {
		all = []config.Credential{{Verify: w.Verify, Allow: w.Allow}}
	}
	list := make([]listedCredential, len(all))
	for i, c := range all {
		list[i] = listedCredential{Name: c.Name, By: c.Verify.By, Secrets: len(c.Verify.Secrets), Keys: len(c.Verify.Keys)}
		if allow := listedCeiling(c.Allow); !reflect.DeepEqual(allow, listedCeiling{}) {
			list[i].Ceiling = &allow
		}
	}
	return list
}

// printHooks prints a line for each credential of each hook.
func printHooks(w io.Writer, list []listedHook) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "no bot has a webhook")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "ADDRESS\tBOT\tTRIGGER\tSENDERS\tPROVED BY\tLARGEST BODY\tCEILING")
	for _, h := range list {
		for _, c := range h.Credentials {
			ceiling := c.Ceiling.String()
			if h.Retired {
				ceiling = "retired: senders are told 410"
			}
			_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", h.Address, h.Bot, h.Trigger, h.Scheme, c.proof(), h.MaxBody, ceiling)
		}
	}
	return t.Flush()
}

// proof says how senders prove who they are, in a few words.
func (c listedCredential) proof() string {
	var words []string
	if c.Name != "" {
		words = append(words, "credential "+c.Name)
	}
	if c.By != "" {
		words = append(words, string(c.By))
	}
	if c.Secrets > 0 {
		words = append(words, fmt.Sprint(count(c.Secrets, "secret")))
	}
	if c.Keys > 0 {
		words = append(words, fmt.Sprint(count(c.Keys, "public key")))
	}
	if len(words) == 0 {
		return "nothing: anybody can post"
	}
	return strings.Join(words, ", ")
}

// String says what the ceiling bounds, in one line.
func (c *listedCeiling) String() string {
	if c == nil {
		return "the bot's own"
	}
	var words []string
	if len(c.Bots) > 0 {
		words = append(words, fmt.Sprintf("bots %v", c.Bots))
	}
	if len(c.Groups) > 0 {
		words = append(words, fmt.Sprintf("groups %v", c.Groups))
	}
	if c.Audience != nil {
		words = append(words, audience.Describe(*c.Audience))
	}
	if c.Recipients > 0 {
		words = append(words, fmt.Sprintf("%v a message", count(c.Recipients, "recipient")))
	}
	if c.PerMinute > 0 {
		words = append(words, fmt.Sprintf("%v a minute", count(c.PerMinute, "event")))
	}
	return strings.Join(words, "; ")
}
