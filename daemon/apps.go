package daemon

import (
	"fmt"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/delivery"
	"github.com/botd-chat/botd/im"
)

// application is one SDKAppID: how to call the service, and who is in its groups.
type application struct {
	config    config.App
	client    *im.Client
	directory *audience.Directory
	delivery  delivery.App
}

// makeApps makes the applications. One that is reached as before keeps its
// client, and what it has read of its groups.
func (s *system) makeApps(c *config.Config, before *setup) (map[chat.AppName]*application, error) {
	apps := map[chat.AppName]*application{}
	for _, a := range c.Apps {
		app := &application{config: a}
		if old := before.predecessor(a); old != nil && sameWay(old.config, a) {
			app.client, app.directory = old.client, old.directory
		} else if err := s.connect(app); err != nil {
			for _, made := range apps {
				if !before.has(made) {
					made.client.Close()
				}
			}
			return nil, fmt.Errorf("app %q: %w", a.Name, err)
		}
		app.delivery = delivery.App{Client: app.client, Directory: app.directory, PerSecond: a.CallsPerSecond, GroupPerSecond: a.GroupMessagesPerSecond}
		apps[a.Name] = app
	}
	return apps, nil
}

// connect makes the client of an application, which calls nobody yet.
func (s *system) connect(app *application) (err error) {
	if app.client, err = newClient(app.config, s.clock.Now, s.metrics.called); err != nil {
		return err
	}
	app.directory = audience.NewDirectory(source{app.client}, s.clock)
	return nil
}

// newClient is the client of an application, also for verbs beside a botd that runs.
func newClient(a config.App, now func() time.Time, observe func(im.Call)) (*im.Client, error) {
	key, err := im.NewSecretKey(a.SecretKey.Reveal())
	if err != nil {
		return nil, err
	}
	return im.New(im.Config{
		SDKAppID: uint64(a.SDKAppID), Administrator: a.Administrator, Key: key,
		Region: a.Region, BaseURL: a.BaseURL, BackupURL: a.BackupURL,
		Limits: limitsOf(a), Now: now, Observe: observe,
	})
}

func limitsOf(a config.App) im.Limits {
	return im.Limits{PerAPI: float64(a.CallsPerSecond), PerGroup: float64(a.GroupMessagesPerSecond)}
}

// predecessor is the application of the same SDKAppID, whatever its name; nil
// when there is none.
func (n *setup) predecessor(a config.App) *application {
	if n == nil {
		return nil
	}
	for _, app := range n.apps {
		if app.config.SDKAppID == a.SDKAppID {
			return app
		}
	}
	return nil
}

// sameWay reports whether the service is called in the same way for both.
func sameWay(a, b config.App) bool {
	return a.SDKAppID == b.SDKAppID && a.SecretKey.Equal(b.SecretKey) && a.Administrator == b.Administrator &&
		a.Region == b.Region && a.BaseURL == b.BaseURL && a.BackupURL == b.BackupURL
}

// follow has an application that is about to take effect go on within the limits
// of the service where the one before it is: the service counts both as one.
func (n *setup) follow(before *setup) {
	for _, app := range n.apps {
		if old := before.predecessor(app.config); old != nil && old.client != app.client {
			app.client.Follow(old.client)
		}
		app.client.Limit(limitsOf(app.config))
	}
}
