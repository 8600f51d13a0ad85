package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// page writes the reference of all settings, a table for each mapping.
type page struct {
	strings.Builder
	defs map[string]*schema
	told map[string]bool // common ones have one table
}

// Page is the reference of all settings, made of the schema.
func Page(o Options) []byte {
	root := described(o)
	p := &page{defs: root.Defs, told: map[string]bool{}}
	p.WriteString("# Settings\n\nMade from the code by `make generate`: every key of `bots.yaml`. [config/bots.yaml](../../config/bots.yaml) is a whole one, with comments.\n" +
		"`${NAME}` in a value is the environment variable of that name. Names in capitals are yours to choose.\n")
	p.mapping("", root)
	return []byte(p.String())
}

// order is that of the keys' declaration; the alphabet's for what comes from elsewhere.
func order(s *schema) []string {
	if s.PropertyOrder == nil {
		return slices.Sorted(maps.Keys(s.Properties))
	}
	return s.PropertyOrder
}

// mapping writes the table of a mapping, and then those of what is in it.
func (p *page) mapping(path string, s *schema) {
	title := path
	if title == "" {
		title = "The whole file"
	}
	fmt.Fprintf(p, "\n## %s\n\n| key | meaning | form | without it |\n| --- | --- | --- | --- |\n", title)
	for _, name := range order(s) {
		fmt.Fprintf(p, "| `%s` | %s | %s | %s |\n", name, s.Properties[name].Description, p.form(s.Properties[name]), without(s, name))
	}
	for _, c := range s.AllOf {
		if names, needed := alternatives(c); len(names) > 0 {
			fmt.Fprintf(p, "\n%s of `%s`.\n", map[bool]string{true: "One", false: "Not more than one"}[needed], strings.Join(names, "`, `"))
		}
	}
	for _, name := range order(s) {
		p.below(strings.TrimPrefix(path+"."+name, "."), s.Properties[name])
	}
	for _, c := range s.AllOf {
		if c.If != nil {
			name := *c.If.Properties["plugin"].Const
			p.mapping(fmt.Sprintf("Options of the plugin %s", name), c.Then.Properties["options"])
		}
	}
}

// below writes the tables of what is in a key's value.
func (p *page) below(path string, s *schema) {
	if s.Items != nil {
		s = s.Items
	}
	if name, common := strings.CutPrefix(s.Ref, "#/$defs/"); common {
		if !p.told[name] && p.defs[name].Properties != nil {
			p.told[name] = true
			p.mapping(strings.ToUpper(article(name)[:1])+article(name)[1:], p.defs[name])
		}
		return
	}
	switch a := s.AdditionalProperties; {
	case a != nil && a.Not == nil:
		p.below(path+".NAME", a)
	case s.Properties != nil:
		p.mapping(path, s)
	}
	for _, one := range s.AnyOf {
		if one.Ref == "" {
			p.below(path, one)
		}
	}
}

// form is what a value can be, in a few words.
func (p *page) form(s *schema) string {
	switch {
	case s.Ref != "":
		return article(strings.TrimPrefix(s.Ref, "#/$defs/"))
	case s.AnyOf != nil && s.Type == "":
		return p.either(s.AnyOf)
	case s.Enum != nil:
		words := make([]string, 0, len(s.Enum))
		for _, w := range s.Enum {
			words = append(words, fmt.Sprintf("`%v`", w))
		}
		return strings.Join(words, ", ")
	case strings.HasPrefix(s.Pattern, durationForm.String()):
		return "a length of time, such as `90s` or `24h`"
	case strings.HasPrefix(s.Pattern, sizeForm.String()):
		return "a size, such as `2GB`"
	case strings.HasPrefix(s.Pattern, pluginURL.String()):
		return "an address, such as `https://bots.example.com/quiz`"
	case s.Type == "array":
		return "a list; each " + p.form(s.Items)
	}
	return map[string]string{"string": "text", "integer": "a whole number", "number": "a number", "boolean": "`true` or `false`", "object": "a mapping", "": "anything"}[s.Type]
}

// either is what one of several kinds can be.
func (p *page) either(kinds []*schema) string {
	var forms []string
	for _, kind := range kinds {
		if f := p.form(kind); kind.Ref != "#/$defs/variable" && !slices.Contains(forms, f) {
			forms = append(forms, f)
		}
	}
	return strings.Join(forms, ", or ")
}

// without is what holds when the key is left out.
func without(s *schema, name string) string {
	for _, needed := range s.Required {
		if needed == name {
			return "must be there"
		}
	}
	if d := s.Properties[name].Default; d != nil {
		return "`" + strings.Trim(string(d), `"`) + "`"
	}
	return ""
}

// alternatives are the keys that exclude each other, and whether one is needed.
func alternatives(s *schema) (names []string, needed bool) {
	needed = true
	for _, one := range s.OneOf {
		names = append(names, one.Required...)
		needed = needed && one.Required != nil
	}
	return names, needed
}

// article writes a name with the article that it has in English.
func article(name string) string {
	if strings.ContainsAny(name[:1], "aeiou") {
		return "an " + name
	}
	return "a " + name
}
