package config

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// spot is a key of a good configuration, found by walking it.
type spot struct {
	place  // of the value
	parent *yaml.Node
	at     int // of the key among the parent's content
}

// pattern is the spot's path with every name that the operator chose replaced,
// so that it is the same for all bots.
func (s spot) pattern() string { return pattern(s.path) }

// inList is where in a list or a union a key stands, and inAnother in an audience
// within an audience.
var (
	inList    = regexp.MustCompile(`(\.any_of)?\[\d+\]`)
	inAnother = regexp.MustCompile(`(\.within)+\.`)
)

func pattern(path string) string {
	at := inner(known())
	names := strings.Split(inAnother.ReplaceAllString(inList.ReplaceAllString(path, ""), "."), ".")
	for i, name := range names {
		switch property := propertyOf(at, name); {
		case property != nil:
			at = inner(property)
		case at.AdditionalProperties != nil && at.AdditionalProperties.Not == nil:
			names[i], at = "*", inner(at.AdditionalProperties)
		}
		if at.Items != nil {
			at = inner(at.Items)
		}
	}
	return strings.Join(names, ".")
}

// propertyOf is what a mapping has under that name, perhaps as one of several kinds.
func propertyOf(s *schema, name string) *schema {
	if property := s.Properties[name]; property != nil {
		return property
	}
	for _, one := range s.AnyOf {
		if property := inner(one).Properties[name]; property != nil {
			return property
		}
	}
	return nil
}

// spots finds every key in the file, apart from those within options, vars and set, which
// are the plugin's business.
func spots(t *testing.T, data []byte) (root *yaml.Node, all []spot) {
	t.Helper()
	root = new(yaml.Node)
	if err := yaml.Unmarshal(data, root); err != nil {
		t.Fatal(err)
	}
	var walk func(p place)
	walk = func(p place) {
		switch {
		case pattern(p.path) == "bots.*.options", pattern(p.path) == "bots.*.vars", pattern(p.path) == "bots.*.rules.set":
		case p.node.Kind == yaml.SequenceNode:
			for i, n := range p.node.Content {
				walk(p.item(i, n))
			}
		case p.node.Kind == yaml.MappingNode:
			for i := 0; i < len(p.node.Content); i += 2 {
				at := p.under(p.node.Content[i], p.node.Content[i+1])
				all = append(all, spot{at, p.node, i})
				walk(at)
			}
		}
	}
	walk(place{node: root.Content[0]})
	return root, all
}

// named reports whether the operator chose the key.
func (s spot) named() bool { return strings.HasSuffix(s.pattern(), ".*") }

// leaveOut takes the key and its value away.
func (s spot) leaveOut() bool {
	s.parent.Content = slices.Delete(slices.Clone(s.parent.Content), s.at, s.at+2)
	return true
}

// parentPath is the path of what the key stands in.
func (s spot) parentPath() string {
	if i := strings.LastIndexByte(s.path, '.'); i >= 0 {
		return s.path[:i]
	}
	return ""
}

// mutant is a good file with one change.
type mutant struct {
	spot spot
	data []byte
}

// mutants changes one spot after the other. A change says false when it does
// not apply; the tree is mended after each.
func mutants(t *testing.T, change func(spot) bool) []mutant {
	t.Helper()
	var out []mutant
	for _, file := range []string{"good.yaml", "other.yaml"} {
		root, all := spots(t, testdata(t, file))
		for _, s := range all {
			value, content := *s.node, slices.Clone(s.parent.Content)
			key := *content[s.at]
			if change(s) {
				data, err := yaml.Marshal(copied(root)) // which resolves tags in what it is given
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, mutant{s, data})
			}
			*s.node, *content[s.at], s.parent.Content = value, key, content
		}
	}
	return out
}

func copied(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = nil
	for _, inner := range n.Content {
		c.Content = append(c.Content, copied(inner))
	}
	return &c
}

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func TestEveryKeyMisspelt(t *testing.T) {
	slips := map[string]func(string) string{
		"a letter doubled":      func(s string) string { return s[:1] + s },
		"the last letter left":  func(s string) string { return s[:len(s)-1] },
		"two letters swapped":   func(s string) string { return s[1:2] + s[:1] + s[2:] },
		"a capital":             strings.ToUpper,
		"a dash for a low line": func(s string) string { return strings.ReplaceAll(s, "_", "-") },
	}
	for name, slip := range slips {
		t.Run(name, func(t *testing.T) {
			cases := mutants(t, func(s spot) bool {
				key := s.parent.Content[s.at]
				wrong := slip(key.Value)
				if s.named() || wrong == key.Value || wrong+"s" == key.Value && strings.HasSuffix(wrong, "_file") {
					return false // another key that is known
				}
				key.Value = wrong
				return true
			})
			inFolder(t)
			for _, m := range cases {
				wantProblem(t, m, func(p Problem) bool {
					return p.Path == m.spot.parentPath() && strings.HasPrefix(p.What, "unknown key") && p.Line > 0 &&
						(strings.HasPrefix(p.Remedy, "did you mean ") || m.spot.key.Value == "on")
				})
			}
		})
	}
}

func TestEveryKeyDoubled(t *testing.T) {
	cases := mutants(t, func(s spot) bool {
		s.parent.Content = append(s.parent.Content, s.parent.Content[s.at], s.node)
		return true
	})
	inFolder(t)
	for _, m := range cases {
		wantProblem(t, m, func(p Problem) bool {
			return p.Path == m.spot.path && strings.HasPrefix(p.What, "is there twice; line ")
		})
		if ps := problemsOf(t, m.data, fakes()); len(ps) != 1 {
			t.Errorf("%s: a key there twice is one problem, not these:\n%v", m.spot.path, ps)
		}
	}
}

// otherValues are of every kind.
var otherValues = map[string]*yaml.Node{
	"text":   scalar("!!str", "some words of text"),
	"number": scalar("!!int", "5"), "fraction": scalar("!!float", "0.5"), "date": scalar("!!timestamp", "2026-11-24"),
	"truth": scalar("!!bool", "true"), "nothing": scalar("!!null", "null"),
	"list":          {Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{scalar("!!str", "x y")}},
	"empty list":    {Kind: yaml.SequenceNode, Tag: "!!seq"},
	"mapping":       {Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{scalar("!!str", "zzz"), scalar("!!str", "x")}},
	"empty mapping": {Kind: yaml.MappingNode, Tag: "!!map"},
}

// eitherKind are keys whose value may be text or something else.
var eitherKind = regexp.MustCompile(`(\.rules\[\d+\]\.(on|to)|\.renderings\[\d+\]\.to|\.plugin|\.command|\.at|\.skip|\.only)$`)

// aDate are keys whose value may be a date to YAML.
var aDate = regexp.MustCompile(`(\.at|\.between\.(from|until))$`)

func TestEveryValueOfAnotherKind(t *testing.T) {
	total := 0
	for name, other := range otherValues {
		t.Run(name, func(t *testing.T) {
			cases := mutants(t, func(s spot) bool {
				if other.Kind == s.node.Kind && (other.Kind != yaml.ScalarNode || other.Tag == s.node.Tag) {
					return false
				}
				if eitherKind.MatchString(s.path) && (other.Kind != yaml.ScalarNode || other.Tag == "!!str") {
					return false // it may be of that kind, too
				}
				if aDate.MatchString(s.path) && other.Tag == "!!timestamp" {
					return false // as a date is
				}
				*s.node = *other
				return true
			})
			total += len(cases)
			inFolder(t)
			for _, m := range cases {
				wantProblem(t, m, func(p Problem) bool { return p.Path == m.spot.path })
			}
		})
	}
	if total < 600 {
		t.Errorf("only %d cases", total)
	}
}

func TestEveryKeyLeftOut(t *testing.T) {
	cases := mutants(t, spot.leaveOut)
	inFolder(t)
	optional := regexp.MustCompile(`\.(administrator|backup_url|\w+_per_second|push|unknown|newcomers|surge|limits|recipients|messages_per_event|timeout|timers|role_max_age|surge_factor|group|text|timezone|except|max_body|same_body|retired|idempotency_key|encoding|algorithm|id_header|type_header|repeat_within|origins|query_token|when|set|priority|expires|collapse|renderings|vars|isolate|memory|allow|allow\.bots|allow\.groups|allow\.audience|per_minute|typed_per_minute|quiet|quiet\.(timezone|then)|between|between\.(from|until)|calendar|jitter|missed|max_age|overlap|late_after|review|lapses|callbacks\.(path|path_secret_file|sources|sweep)|message\.roles|mention\.roles|received|again|relay|mask|mask\.(words|patterns|with))$|^(store|calendars|retention|retention\..*|listen\.[a-z_]+)$`)
	for _, m := range cases {
		ps := problemsOf(t, m.data, fakes())
		if may := optional.MatchString(m.spot.path); may != (ps == nil) && mandatory(m.spot) {
			t.Errorf("%s left out: %v", m.spot.path, ps)
		}
		for _, p := range ps {
			if p.Remedy == "" {
				t.Errorf("%s left out: no remedy: %v", m.spot.path, p)
			}
		}
	}
}

// mandatory says that a key's absence is judged by its name alone: not where
// several keys share a duty, or the absence makes something else wrong.
func mandatory(s spot) bool {
	return !slices.Contains([]string{"listen", "admin_token_file", "admin_token_env", "listen.admin", "bots.*.rules.say", "bots.*.rules.preset", "bots.*.rules.say_each", "bots.*.on.*.sender", "calendars"}, s.pattern()) &&
		!s.named() && !strings.HasPrefix(s.pattern(), "bots.*.audience.") && !strings.Contains(s.path, ".hmac.") &&
		!strings.HasSuffix(s.path, ".none.insecure")
}

// Every key that a mapping knows stands in one of the good files, so that the
// tests above leave none out.
func TestTheGoodFilesHoldEveryKnownKey(t *testing.T) {
	used := map[string]bool{}
	mutants(t, func(s spot) bool {
		used[s.pattern()] = true
		return false
	})
	// Where a secret is said to be is one piece of code for all schemes.
	secret := regexp.MustCompile(`^(bots\.\*\.on\.\*\.verify\.)\w+(?:\.\w+)?\.\w+(_file|_env|_files)$`)
	onCallbacks := regexp.MustCompile(`^apps\.\*\.callbacks\.token_(env|files)$`)
	onPlugin := regexp.MustCompile(`^bots\.\*\.plugin\.secret`)
	// So is the scheme of a credential, with a name or without.
	scheme := regexp.MustCompile(`^credentials\.\*\.(\w+)$`)
	for _, path := range KeysOf() {
		path = onCallbacks.ReplaceAllString(path, "bots.*.on.*.verify.standard_webhooks.secret_$1")
		path = onPlugin.ReplaceAllString(path, "bots.*.on.*.verify.standard_webhooks.secret")
		same := secret.ReplaceAllString(scheme.ReplaceAllString(path, "bots.*.on.*.verify.$1"), "${1}standard_webhooks.secret$2")
		if !used[path] && !used[same] {
			t.Errorf("no good file holds %s", path)
		}
	}
}

func wantProblem(t *testing.T, m mutant, want func(Problem) bool) {
	t.Helper()
	ps := problemsOf(t, m.data, fakes())
	if !slices.ContainsFunc(ps, want) {
		t.Errorf("%s: the problem is not seen or elsewhere; got\n%v\nin\n%s", m.spot.path, ps, m.data)
	}
}
