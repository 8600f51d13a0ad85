package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/webhooks"
)

// defaultConfig is where the configuration is looked for.
const defaultConfig = "config/bots.yaml"

func configFlag(c *cobra.Command, p Process, path *string) {
	standard := defaultConfig
	if s := p.Getenv("BOTD_CONFIG"); s != "" {
		standard = s
	}
	c.Flags().StringVar(path, "config", standard, "the configuration file; also BOTD_CONFIG")
}

// configOptions are how this botd reads a configuration.
func configOptions(p Process, known plugins.Registry) config.Options {
	return config.Options{
		Lookup: func(name string) (string, bool) {
			v := p.Getenv(name)
			return v, v != ""
		},
		Certificate: checkCertificate,

		Regions:    im.Regions(),
		Plugins:    known.Names(),
		Expression: bots.CheckExpression,
		Where:      audience.CheckWhere,
		Signed:     webhooks.CheckSigned,
		Plugin: func(name string, options json.RawMessage) error {
			plugin, err := known.Find(name)
			if err != nil {
				return err
			}
			return plugin.Check(options)
		},
		Program: findProgram,
		PluginSchema: func(name string) json.RawMessage {
			plugin, err := known.Find(name)
			if err != nil {
				return json.RawMessage("{}")
			}
			return plugin.Schema()
		},
		Trigger: func(name string, options json.RawMessage, t config.Trigger) error {
			return checkTrigger(known, name, options, t)
		},
	}
}

// findProgram looks for a program as it would be started.
func findProgram(folder, program string) error {
	_, err := host.Find(folder, program)
	switch {
	case err == nil:
		return nil
	case !strings.ContainsRune(program, filepath.Separator):
		return fmt.Errorf("there is no program %q on PATH", program)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the file %q cannot be started as a program: chmod +x, or put what runs it before it", program)
	default:
		return fmt.Errorf("there is no program %q", program)
	}
}

// checkTrigger makes the plugin's handler as serve would and asks it.
func checkTrigger(known plugins.Registry, name string, options json.RawMessage, t config.Trigger) (err error) {
	plugin, err := known.Find(name)
	if err != nil {
		return err
	}
	handler, err := plugin.New(options)
	if err != nil {
		return err
	}
	if c, ok := handler.(io.Closer); ok {
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	return plugins.CheckTrigger(handler, t.Name, t.Kind())
}

// load reads a configuration; what is wrong with it is exit code 3.
func load(path string, o config.Options) (*config.Config, error) {
	c, err := config.Load(path, o)
	if err != nil {
		return nil, coded{err, exitConfig}
	}
	return c, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
