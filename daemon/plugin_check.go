package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/contract"
	"github.com/botd-chat/botd/plugins"
)

// checkOrder is what `botd plugin check` is asked.
type checkOrder struct {
	contract.Options
	options, payload, secretFile, secretEnv string
	json                                    bool
}

func pluginCheckCommand(p Process, known plugins.Registry) *cobra.Command {
	var o checkOrder
	c := &cobra.Command{
		Use: "check PLACEMENT... | -- PROGRAM...", Args: cobra.MinimumNArgs(1),
		Short: "Ask a plugin all that the contract has, and say what it does otherwise",
		Long: `Asks a plugin some hundred times, as a botd would: what it is, events of every kind with
all that may be in them, the same twice, many at the same time, and requests that are
signed badly. Nothing reaches anybody, since a plugin only answers; one that looks things
up elsewhere does so here, too.

A placement is the address of a plugin that runs already (http://127.0.0.1:7001), or the
name of one that is compiled in. A program and its arguments stand after --; it is started
with $PORT and $BOTD_KEY and ended after.

Each finding names the place, the reason and the remedy. Exit code 1 says that something
breaks the contract; what is only warned of does not. docs/contract.md is the contract.`,
		Example: "  botd plugin check http://127.0.0.1:7001\n  botd plugin check https://bots.example.com/quiz --secret-file secrets/quiz\n" +
			"  botd plugin check quiz --options '{\"points\": 2}'\n  botd plugin check -- python3 quiz.py",
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.read(p); err != nil {
				return err
			}
			subjects, program := args, []string(nil)
			if at := c.ArgsLenAtDash(); at >= 0 {
				subjects, program = args[:at], args[at:]
			}
			reports, err := o.check(c.Context(), known, subjects, program, c.ErrOrStderr())
			if err != nil {
				return err
			}
			return o.tell(c.OutOrStdout(), reports)
		},
	}
	c.Flags().StringVar(&o.options, "options", "", "options of the plugin, as JSON, or @ and a file with it")
	c.Flags().StringVar(&o.payload, "payload", "", "a payload that its triggers understand, as JSON, or @ and a file with it")
	c.Flags().StringVar(&o.secretFile, "secret-file", "", "a file with the key of the plugins at an address")
	c.Flags().StringVar(&o.secretEnv, "secret-env", "", "the environment variable with that key")
	c.Flags().DurationVar(&o.Timeout, "timeout", contract.DefaultTimeout, "how long one answer may take")
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	c.MarkFlagsMutuallyExclusive("secret-file", "secret-env")
	return c
}

// read reads what the flags name.
func (o *checkOrder) read(p Process) (err error) {
	if o.options != "" {
		if o.Config, err = givenJSON(p, "--options", o.options); err != nil {
			return err
		}
	}
	if o.payload != "" {
		if o.Payload, err = givenJSON(p, "--payload", o.payload); err != nil {
			return err
		}
	}
	return o.readKey(p)
}

func (o *checkOrder) readKey(p Process) error {
	text := p.Getenv(o.secretEnv)
	switch {
	case o.secretFile != "":
		b, err := os.ReadFile(o.secretFile)
		if err != nil {
			return fmt.Errorf("--secret-file: %w", err)
		}
		text = string(b)
	case o.secretEnv == "":
		return nil
	}
	key, err := plugins.ParseSigningKey(text)
	if err != nil {
		return fmt.Errorf("the key of the plugin %w", err)
	}
	o.Key = key
	return nil
}

// checked is what the check of one plugin came to.
type checked struct {
	Placement string `json:"placement"`
	contract.Report
}

func (o *checkOrder) check(ctx context.Context, known plugins.Registry, subjects, program []string, log io.Writer) (all []checked, err error) {
	for _, name := range subjects {
		if strings.Contains(name, "://") {
			all = append(all, checked{name, contract.Check(ctx, name, o.Options)})
			continue
		}
		p, err := known.Find(name)
		if err != nil {
			return nil, usage("%w, and an address has http:// or https:// before it, and a program -- ", err)
		}
		if err := o.beside(ctx, name, &all, func() (*running, error) { return serving(ctx, p) }); err != nil {
			return nil, err
		}
	}
	if len(program) > 0 {
		err = o.beside(ctx, strings.Join(program, " "), &all, func() (*running, error) { return starting(ctx, program, log) })
	}
	return all, errors.Join(err, ctx.Err())
}

// running is a plugin that was started for a check.
type running struct {
	address string
	key     plugins.SigningKey
	stop    func()
}

// beside checks a plugin that is started for it.
func (o *checkOrder) beside(ctx context.Context, name string, all *[]checked, start func() (*running, error)) error {
	r, err := start()
	if err != nil {
		return err
	}
	defer r.stop()
	own := o.Options
	own.Key = r.key
	*all = append(*all, checked{name, contract.Check(ctx, r.address, own)})
	return nil
}

// tell prints the reports, and is an error if something in them breaks the contract.
func (o *checkOrder) tell(w io.Writer, reports []checked) error {
	failed := 0
	for _, r := range reports {
		if r.Fails() {
			failed++
		}
		if o.json {
			continue
		}
		if len(reports) > 1 {
			if _, err := fmt.Fprintf(w, "== %s\n", r.Placement); err != nil {
				return err
			}
		}
		if err := r.Write(w); err != nil {
			return err
		}
	}
	if o.json {
		if err := printJSON(w, reports); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %s broke the contract", failed, count(len(reports), "plugin"))
	}
	return nil
}
