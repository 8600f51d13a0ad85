package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/nearest"
	"github.com/botd-chat/botd/plugins"
)

// suits holds a bot against what its plugin elsewhere says of itself, which for one
// that is compiled in is done as the configuration is read. Options that the plugin
// would refuse keep events waiting. A trigger that it does not know is told of in the
// log: it may answer all the same, and other triggers are not to wait for it.
func suits(b config.Bot, log *slog.Logger) func(plugins.Manifest) error {
	return func(m plugins.Manifest) error {
		log := log.With("plugin", m.Name, "version", m.Version)
		for _, t := range unknownTriggers(b, m) {
			log.Warn("the plugin does not know a trigger of its bot; its events will come to nothing", "trigger", t, "knows", m.Triggers[:min(len(m.Triggers), 20)])
		}
		err := checkOptions(m.Config, b.Options)
		if err != nil {
			err = &unsuited{string(b.Name), m.Version, err}
			log.Error("a bot's options do not suit its plugin; its events wait", "error", err)
		}
		return err
	}
}

// unsuited says that the options of a bot are none that its plugin takes.
type unsuited struct {
	bot, version string
	err          error
}

func (u *unsuited) Error() string {
	return fmt.Sprintf("the options of bot %q %s; correct them and reload, and what waits goes on", u.bot, u.what())
}

func (u *unsuited) Unwrap() error { return u.err }

func (u *unsuited) what() string {
	return fmt.Sprintf("do not suit its plugin, version %s: %v", u.version, u.err)
}

// unknownTriggers are those of a bot that its plugin, as it says, does not know.
func unknownTriggers(b config.Bot, m plugins.Manifest) (names []chat.TriggerName) {
	for _, t := range b.Triggers {
		byText := m.Typed && t.Kind() == chat.Typed
		if m.Triggers != nil && !byText && !slices.Contains(m.Triggers, t.Name) {
			names = append(names, t.Name)
		}
	}
	return names
}

// checkOptions holds options against the JSON Schema that a plugin elsewhere gives of
// them; none takes any. What it says quotes no value: one may come from a variable.
func checkOptions(schema, options json.RawMessage) error {
	if len(schema) == 0 || string(schema) == "null" {
		return nil
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(nothingElse{})
	var until time.Time
	c.RegisterVocabulary(bounded(&until))
	c.AssertVocabs()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err == nil {
		err = c.AddResource(optionsURL, doc)
	}
	if err != nil {
		return fmt.Errorf("what it says of its options is no JSON Schema: %s", plugins.OneLine(err.Error(), longestMisfit))
	}
	s, err := c.Compile(optionsURL)
	if err != nil {
		return fmt.Errorf("what it says of its options is no JSON Schema: %s", plugins.OneLine(err.Error(), longestMisfit))
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(options))
	if err != nil {
		return err
	}
	until = time.Now().Add(checking)
	return misfitsOf(s, value)
}

// misfitsOf reports what is wrong with a value, or that to find out takes too long.
func misfitsOf(s *jsonschema.Schema, value any) (err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case any(errTooLong): // the very value that was thrown
			err = errTooLong
		default:
			panic(v)
		}
	}()
	if wrong, ok := errors.AsType[*jsonschema.ValidationError](s.Validate(value)); ok {
		return errors.New(plugins.OneLine(strings.Join(misfits(wrong, s), "; "), longestMisfit))
	}
	return nil
}

// checking is how long a look at options may take. A schema of a few lines that refers to
// parts of itself can ask for so many looks that nobody sees their end.
const checking = time.Second

// longestMisfit is how many characters are told of what is wrong: it stands in the log and
// with each event that waits for it, and a schema can make it as long as it is.
const longestMisfit = 1000

var errTooLong = fmt.Errorf("to hold them against what it says of its options takes longer than %v", checking)

// bounded is a vocabulary without words that is asked about each part of a schema each
// time that part is looked at, and ends by errTooLong what takes longer than until.
func bounded(until *time.Time) *jsonschema.Vocabulary {
	return &jsonschema.Vocabulary{
		URL: "botd:bounded",
		Compile: func(*jsonschema.CompilerContext, map[string]any) (jsonschema.SchemaExt, error) {
			return deadline{until}, nil
		},
	}
}

type deadline struct{ until *time.Time }

// Validate panics when it is too late, since there is no other way out.
func (d deadline) Validate(*jsonschema.ValidatorContext, any) {
	if time.Now().After(*d.until) {
		panic(errTooLong)
	}
}

// optionsURL is what the schema is called.
const optionsURL = "botd:options"

// nothingElse keeps a schema from having files and addresses read.
type nothingElse struct{}

func (nothingElse) Load(url string) (any, error) {
	return nil, fmt.Errorf("it refers to %q, and can refer to itself alone", url)
}

// misfits are what is wrong, each with the option that it is wrong with.
func misfits(e *jsonschema.ValidationError, s *jsonschema.Schema) (all []string) {
	for _, cause := range e.Causes {
		all = append(all, misfits(cause, s)...)
	}
	if len(e.Causes) == 0 {
		all = append(all, strings.Join(append([]string{"options"}, e.InstanceLocation...), ".")+": "+misfit(e, s))
	}
	return all
}

func misfit(e *jsonschema.ValidationError, s *jsonschema.Schema) string {
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		slices.Sort(k.Properties)
		if len(e.InstanceLocation) == 0 && len(k.Properties) == 1 {
			return fmt.Sprintf("has no %q%s", k.Properties[0], meant(k.Properties[0], s))
		}
		return fmt.Sprintf("has no %q", k.Properties)
	case *kind.Required:
		return fmt.Sprintf("needs %q", k.Missing)
	case *kind.Type:
		return fmt.Sprintf("is a value of type %s; want %s", k.Got, strings.Join(k.Want, " or "))
	case *kind.Enum:
		return fmt.Sprintf("is none of %v", k.Want)
	case *kind.RefCycle:
		return "cannot be checked, since what the plugin says of it refers to itself"
	case *kind.Minimum:
		return "is less than " + k.Want.RatString()
	case *kind.Maximum:
		return "is more than " + k.Want.RatString()
	}
	return "does not meet its " + strings.Join(e.ErrorKind.KeywordPath(), ".")
}

// meant is the name that a misspelt one comes nearest to.
func meant(name string, s *jsonschema.Schema) string {
	var known []string
	for property := range s.Properties {
		known = append(known, property)
	}
	slices.Sort(known)
	if near := nearest.Name(name, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; it has " + strings.Join(known, ", ")
}
