package daemon

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/jonboulle/clockwork"
	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
)

func serveCommand(p Process, known plugins.Registry) *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "serve", Short: "Run botd", Args: cobra.NoArgs,
		Long: `Runs botd until it is told to stop (SIGINT, SIGTERM); then it finishes what is in
flight and exits 0. What is not finished is on disk and goes on at the next start.
At SIGHUP it reads its configuration again, as botd reload has it do.`,
		Example: "  botd serve --config config/bots.yaml",
		RunE: func(c *cobra.Command, _ []string) (err error) {
			log, err := newLog(p.Stderr, p.Getenv)
			if err != nil {
				return err
			}
			cfg, err := load(path, configOptions(p, known))
			if err != nil {
				return err
			}
			for _, w := range cfg.Warnings {
				log.Warn(w.String())
			}
			hangup := make(chan os.Signal, 1)
			signal.Notify(hangup, syscall.SIGHUP)
			defer signal.Stop(hangup)
			again := func(running *config.Config) (*config.Config, error) {
				o := configOptions(p, known)
				o.Running = running
				return config.Load(path, o)
			}
			s, err := assemble(c.Context(), cfg, again, known, log, clockwork.NewRealClock())
			if err != nil {
				return err
			}
			s.hangup = hangup
			defer func() { err = errors.Join(err, s.close()) }()
			log.Info("botd runs", "version", versionText(), "public", s.public.Addr().String(), "admin", s.admin.Addr().String(),
				"store", cfg.Store.SQLite, "bots", len(cfg.Bots), "applications", len(cfg.Apps))
			return s.run(c.Context())
		},
	}
	configFlag(c, p, &path)
	return c
}
