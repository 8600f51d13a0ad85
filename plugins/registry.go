package plugins

import (
	"fmt"
	"slices"
)

// Registry is the plugins that a program has, in one visible list.
type Registry struct{ plugins map[string]Plugin }

// NewRegistry returns the registry of these plugins. Two of the same name, or
// one not made by [Define], are a mistake in the program: it panics.
func NewRegistry(list ...Plugin) Registry {
	r := Registry{make(map[string]Plugin, len(list))}
	for _, p := range list {
		if _, twice := r.plugins[p.name]; twice || p.build == nil {
			panic(fmt.Sprintf("plugins: plugin %q is listed twice or was not made by Define", p.name))
		}
		r.plugins[p.name] = p
	}
	return r
}

// Find returns the plugin of that name. The error for an unknown one names
// those there are.
func (r Registry) Find(name string) (Plugin, error) {
	p, ok := r.plugins[name]
	if !ok {
		return Plugin{}, fmt.Errorf("no plugin %q; %s", name, suggest(name, r.Names()))
	}
	return p, nil
}

// Names lists the names of the plugins, sorted.
func (r Registry) Names() []string {
	names := make([]string, 0, len(r.plugins))
	for name := range r.plugins {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
