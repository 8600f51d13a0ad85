package config

import (
	"fmt"
	"strconv"

	"github.com/botd-chat/botd/chat"
)

// unchanged reports what a botd that runs would need a new start for: what it
// holds open, and what its store takes for granted.
func (r *reader) unchanged(top place, running, c *Config) {
	if c.Store != running.Store {
		r.fixed(top.at("store"), "the store", "sqlite:"+running.Store.SQLite)
	}
	if c.Listen.Public != running.Listen.Public {
		r.fixed(top.at("listen", "public"), "the public address", running.Listen.Public)
	}
	if c.Listen.Admin != running.Listen.Admin {
		r.fixed(top.at("listen", "admin"), "the admin address", running.Listen.Admin)
	}
	if (c.Listen.TLS == TLS{}) != (running.Listen.TLS == TLS{}) {
		p := top.at("listen", "tls")
		if running.Listen.TLS == (TLS{}) {
			r.problem(p, "a plain address cannot become one with TLS while botd runs", "remove it, or restart botd")
		} else {
			r.problem(p, "an address with TLS cannot become a plain one while botd runs", "put tls: back, or restart botd")
		}
	}
	ids := map[chat.AppName]uint32{}
	for _, a := range running.Apps {
		ids[a.Name] = a.SDKAppID
	}
	for _, a := range c.Apps {
		if was := ids[a.Name]; was != 0 && was != a.SDKAppID && a.SDKAppID != 0 {
			p := top.at("apps", string(a.Name), "sdk_app_id")
			r.problem(p, "what is stored for app "+strconv.Quote(string(a.Name))+" belongs to another application, so its sdk_app_id cannot be changed while botd runs",
				fmt.Sprintf("put back %d and give the other application a name of its own, or restart botd", was))
		}
	}
}

func (r *reader) fixed(p place, what, was string) {
	r.problem(p, what+" cannot be changed while botd runs", "put back "+was+", or restart botd")
}

// at is the place of what stands under these keys, one in the other, or of the
// last of them that is there.
func (p place) at(names ...string) place {
	for _, want := range names {
		found := false
		for name, v := range p.entries() {
			if found = name == want; found {
				p = v
				break
			}
		}
		if !found {
			break
		}
	}
	return p
}
