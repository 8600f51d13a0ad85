package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/botd-chat/botd/nearest"
	"github.com/botd-chat/botd/plugins"
)

// CheckOptions holds options against the JSON Schema that a plugin elsewhere gives of
// them; none takes any. What it says quotes no value: one may come from a variable.
func CheckOptions(schema, options json.RawMessage) error {
	s, err := readSchema(schema)
	if err != nil {
		return err
	}
	return s.check(options)
}

// optionsSchema is what a plugin says of its options. The zero one takes any.
type optionsSchema struct {
	is    *jsonschema.Schema
	until *time.Time // when a look at options is given up
}

func readSchema(raw json.RawMessage) (s optionsSchema, err error) {
	if len(raw) == 0 || string(raw) == "null" {
		return s, nil
	}
	s.until = new(time.Time)
	c := jsonschema.NewCompiler()
	c.UseLoader(nothingElse{})
	c.RegisterVocabulary(bounded(s.until))
	c.AssertVocabs()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err == nil {
		err = c.AddResource(optionsURL, doc)
	}
	if err == nil {
		s.is, err = c.Compile(optionsURL)
	}
	if err != nil {
		return s, fmt.Errorf("what it says of its options is no JSON Schema: %s", plugins.OneLine(err.Error(), longestMisfit))
	}
	return s, nil
}

func (s optionsSchema) check(options json.RawMessage) error {
	if s.is == nil {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(options))
	if err != nil {
		return err
	}
	*s.until = time.Now().Add(checking)
	return misfitsOf(s.is, value)
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
