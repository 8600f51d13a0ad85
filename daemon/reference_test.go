package daemon

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/internal/apicheck"
	"github.com/botd-chat/botd/internal/apidoc"
	"github.com/botd-chat/botd/openapi"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/plugins/oncall"
	"github.com/botd-chat/botd/plugins/poll"
	"github.com/botd-chat/botd/plugins/quiz"
	"github.com/botd-chat/botd/plugins/relay"
	"github.com/botd-chat/botd/plugins/rules"
	"github.com/botd-chat/botd/plugins/welcome"
	"github.com/botd-chat/botd/webhooks"
)

// The reference pages are made from the code; UPDATE=1 writes them again.

func TestReferenceOfCommandsIsCurrent(t *testing.T) {
	p := Process{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }}
	var b bytes.Buffer
	b.WriteString("# Commands\n\nMade from the code by `make generate`.\n\nExit codes: 0 fine, 1 failed, 2 the command line makes no sense, 3 the configuration is invalid, 130 interrupted.\n")
	describe(&b, command(p, plugins.NewRegistry()))
	current(t, "commands.md", b.Bytes())
}

func describe(b *bytes.Buffer, c *cobra.Command) {
	if c.Runnable() && (!c.HasAvailableSubCommands() || strings.Contains(c.Use, " ")) {
		fmt.Fprintf(b, "\n## %s\n\n", c.CommandPath())
		text := c.Long
		if text == "" {
			text = c.Short + "."
		}
		fmt.Fprintf(b, "%s\n\n```\n%s\n```\n\nFor example:\n\n```sh\n%s\n```\n", text, c.UseLine(), strings.TrimSpace(dedent(c.Example)))
		flags(b, c)
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "completion" && sub.Name() != "help" {
			describe(b, sub)
		}
	}
}

func dedent(s string) string { return strings.ReplaceAll("\n"+s, "\n  ", "\n") }

func flags(b *bytes.Buffer, c *cobra.Command) {
	var rows []string
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return
		}
		standard := f.DefValue
		if strings.HasPrefix(standard, os.TempDir()) {
			standard = "in the folder for temporary files"
		}
		rows = append(rows, fmt.Sprintf("| `--%s` | %s | %s |", f.Name, f.Usage, standard))
	})
	if len(rows) > 0 {
		fmt.Fprintf(b, "\n| flag | meaning | default |\n| --- | --- | --- |\n%s\n", strings.Join(rows, "\n"))
	}
}

func TestReferenceOfTheSchemaIsCurrent(t *testing.T) {
	p := Process{Getenv: func(string) string { return "" }}
	current(t, "bots.schema.json", config.Schema(configOptions(p, plugins.NewRegistry(notice.Plugin, oncall.Plugin, poll.Plugin, quiz.Plugin, relay.Plugin, rules.Plugin, welcome.Plugin))))
}

func TestReferenceOfMetricsIsCurrent(t *testing.T) {
	m := newMetrics()
	m.registry.MustRegister(depths{log: slog.New(slog.DiscardHandler)})
	m.registry.MustRegister(pluginsUp{}, pauses{log: slog.New(slog.DiscardHandler)}, unsealed{log: slog.New(slog.DiscardHandler)})
	all := make(chan *prometheus.Desc, 100)
	m.registry.Describe(all)
	close(all)
	var rows []string
	for d := range all {
		if row, ok := metricRow(d.String()); ok {
			rows = append(rows, row)
		}
	}
	slices.Sort(rows)
	current(t, "metrics.md", []byte("# Metrics\n\nMade from the code by `make generate`. They are at `/metrics` of the admin listener, beside those of the Go runtime and the process. No label names a person or a group.\n\n| metric | labels | meaning |\n| --- | --- | --- |\n"+strings.Join(slices.Compact(rows), "\n")+"\n"))
}

// metricRow reads a description, which the library gives only as text:
// Desc{fqName: "x", help: "y", constLabels: {}, variableLabels: {a,b}}.
func metricRow(desc string) (string, bool) {
	field := func(name, open, end string) string {
		_, rest, _ := strings.Cut(desc, name+": "+open)
		value, _, _ := strings.Cut(rest, end)
		return value
	}
	name := field("fqName", `"`, `"`)
	return fmt.Sprintf("| `%s` | %s | %s |", name, strings.ReplaceAll(field("variableLabels", "{", "}"), ",", ", "), field("help", `"`, `",`)), strings.HasPrefix(name, "botd_")
}

// current compares a page with what the code says now.
func current(t *testing.T, name string, want []byte) {
	t.Helper()
	path := filepath.Join("..", "docs", "reference", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/reference/%s is not what the code says (%v); run make generate", name, err)
	}
}

func TestReferenceOfTheListenersIsCurrent(t *testing.T) {
	for name, api := range map[string]openapi.API{"admin": console.API(), "public": webhooks.API()} {
		doc, err := apidoc.Document(api)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := apicheck.New(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		current(t, "openapi-"+name+".json", doc)
		current(t, name+"-api.md", apidoc.Page(api, name))
	}
}
