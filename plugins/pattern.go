package plugins

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/nearest"
)

// pattern is how a command is written.
type pattern struct {
	name   string // without the slash
	params []param
}

// param is one word of a pattern.
type param struct {
	name     string
	field    []int // of the struct that it is read into
	bounds   bounds
	required bool
	rest     bool // it takes all that is left
}

var goodParam = regexp.MustCompile(`^(?:<([^<>.\s]+)(\.\.\.)?>|\[([^\[\].\s]+)(\.\.\.)?\])$`)

// parsePattern reads "/name <must> [may] [rest...]", whose words are fields of a t.
func parsePattern(text string, t reflect.Type) (p pattern, err error) {
	words := strings.Split(text, " ")
	name, slash := strings.CutPrefix(words[0], "/")
	if !slash || !chat.CommandName.MatchString(name) {
		return p, errors.New(`want a pattern such as "/extend <days> [why...]", with one blank between its parts and a name of letters, digits, - and _`)
	}
	if t.Kind() != reflect.Struct {
		return p, fmt.Errorf("its words are read into a %s; want a struct, struct{} for none", t)
	}
	p.name = name
	fields := fieldsOf(t)
	for _, word := range words[1:] {
		one, err := parseParam(word, fields, p.params)
		if err != nil {
			return p, err
		}
		p.params = append(p.params, one)
		delete(fields, one.name)
	}
	if len(fields) > 0 {
		return p, fmt.Errorf("%s has %s, which the pattern does not; name it, or give its field the tag json:\"-\"", t, strings.Join(namesOf(fields), ", "))
	}
	return p, nil
}

// parseParam reads one word of a pattern, after those before it.
func parseParam(word string, fields map[string]reflect.StructField, before []param) (p param, err error) {
	found := goodParam.FindStringSubmatch(word)
	if found == nil {
		return p, fmt.Errorf("%q: want <name>, [name], <name...> or [name...]", word)
	}
	p = param{name: found[1] + found[3], required: found[1] != "", rest: found[2]+found[4] != ""}
	f, ok := fields[p.name]
	if !ok {
		return p, fmt.Errorf("%s: no field has this name in JSON, or it stands there twice; left are %s", p.name, strings.Join(namesOf(fields), ", "))
	}
	p.field, p.bounds = f.Index, boundsOf(f)
	if len(before) > 0 {
		switch last := before[len(before)-1]; {
		case last.rest:
			return p, fmt.Errorf("%s: comes after %s..., which takes all that is left", p.name, last.name)
		case p.required && !last.required:
			return p, fmt.Errorf("<%s>: comes after [%s], which may be left out", p.name, last.name)
		}
	}
	if !p.fits(f.Type) {
		return p, fmt.Errorf("%s: a %s cannot be read from a word", p.name, f.Type)
	}
	return p, nil
}

// fits reports whether what is written can be read into a t.
func (p param) fits(t reflect.Type) bool {
	if p.rest && t.Kind() == reflect.Slice && !readsText(t) {
		t = t.Elem()
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[time.Duration]() {
		return false // it would be a number of nanoseconds: Duration is what people write
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	default:
		return readsText(t)
	}
}

func readsText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// read reads what stands after the name of a command into a struct.
func (p pattern) read(text string, into reflect.Value) error {
	for _, one := range p.params {
		switch {
		case text != "":
		case one.required:
			return fmt.Errorf("%s is missing", one.name)
		default:
			return nil
		}
		var err error
		if text, err = one.read(text, into.FieldByIndex(one.field)); err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
	}
	if text != "" {
		return fmt.Errorf("%q is too much", short(text))
	}
	return nil
}

// read takes what is the parameter's own off a text that is not empty, and returns
// what is left.
func (p param) read(text string, into reflect.Value) (rest string, err error) {
	if !p.rest {
		word, rest, err := nextWord(text)
		if err != nil {
			return "", err
		}
		return rest, p.set(into, word)
	}
	if into.Kind() != reflect.Slice || readsText(into.Type()) {
		return "", p.set(into, text)
	}
	for text != "" {
		var word string
		if word, text, err = nextWord(text); err != nil {
			return "", err
		}
		one := reflect.New(into.Type().Elem()).Elem()
		if err := set(one, word); err != nil {
			return "", err
		}
		into.Set(reflect.Append(into, one))
	}
	return "", p.bounds.check(into)
}

// set reads a word into a value, within the bounds.
func (p param) set(into reflect.Value, word string) error {
	if err := set(into, word); err != nil {
		return err
	}
	if err := p.bounds.check(into); err != nil {
		return fmt.Errorf("%w, not %q", err, short(word))
	}
	return nil
}

// closes are the quotation marks, by those that open them. Phones put curly ones.
var closes = map[rune]string{'"': `"”`, '“': `"”`, '”': `"”`, '„': `"“”`, '«': "»", '「': "」", '『': "』"}

// nextWord takes the first word off a text that is not empty. A quotation mark ends a
// word only before a blank or the end, so that it may stand within.
func nextWord(text string) (word, rest string, err error) {
	first, size := utf8.DecodeRuneInString(text)
	marks, quoted := closes[first]
	if !quoted {
		word, rest = chat.CutWord(text)
		return word, rest, nil
	}
	inner := text[size:]
	for i, r := range inner {
		if !strings.ContainsRune(marks, r) {
			continue
		}
		after := inner[i+utf8.RuneLen(r):]
		if next, _ := utf8.DecodeRuneInString(after); after == "" || unicode.IsSpace(next) {
			return inner[:i], strings.TrimSpace(after), nil
		}
	}
	return "", "", fmt.Errorf("%s is not closed", string(first))
}

// set reads one word into a value.
func set(into reflect.Value, word string) error {
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	if t, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return t.UnmarshalText([]byte(word))
	}
	if err := setPlain(into, word); err != nil {
		return err
	}
	return validate(into.Addr().Interface())
}

func setPlain(into reflect.Value, word string) error {
	switch into.Kind() {
	case reflect.String:
		into.SetString(word)
		return nil
	case reflect.Bool:
		yes, ok := truths[strings.ToLower(Narrow(word))]
		into.SetBool(yes)
		return wanted(ok, word, "yes or no")
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(Narrow(word), into.Type().Bits())
		into.SetFloat(f)
		return wanted(err == nil && f-f == 0, word, "a number") // neither NaN nor infinite
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(Narrow(word), 10, into.Type().Bits())
		into.SetInt(n)
		return wanted(err == nil, word, "a whole number")
	default:
		n, err := strconv.ParseUint(Narrow(word), 10, into.Type().Bits())
		into.SetUint(n)
		return wanted(err == nil, word, "a whole number that is not negative")
	}
}

var truths = map[string]bool{"yes": true, "true": true, "on": true, "no": false, "false": false, "off": false}

func wanted(ok bool, word, what string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("want %s, not %q", what, short(word))
}

// noCommand tells whoever wrote it that there is no such command, and which of those
// that they may use it was probably meant to be.
func noCommand(name string, may []string) string {
	text := fmt.Sprintf("There is no command /%s.", short(name))
	if best := nearest.Name(name, may); best != "" {
		text += fmt.Sprintf(" Did you mean /%s?", best)
	}
	return text + " Write /help to see what there is."
}
