package plugins

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// slowWalker goes through sound JSON beside the type it is to be decoded into.
// encoding/json takes Except for except, and joins the values of two keys with
// the same name, so neither can be told from its result.
type slowWalker struct {
	dec  *json.Decoder
	text []byte
}

func (w slowWalker) value(path string, t reflect.Type, s strictness) error {
	token, err := w.dec.Token()
	if err != nil {
		return explain(err)
	}
	t = plainType(t)
	if t == reflect.TypeFor[chat.Audience]() {
		s = exact
	}
	switch token {
	case json.Delim('{'):
		return w.object(path, t, s)
	case json.Delim('['):
		return w.array(path, t, s)
	}
	return nil
}

func (w slowWalker) object(path string, t reflect.Type, s strictness) error {
	seen := map[string]bool{}
	var fields map[string]reflect.StructField
	if t != nil && t.Kind() == reflect.Struct {
		fields = fieldsOf(t)
	}
	for w.dec.More() {
		token, err := w.dec.Token()
		if err != nil {
			return explain(err)
		}
		name, _ := token.(string)
		if seen[name] {
			return fmt.Errorf("%s: stands there twice", join(path, name))
		}
		seen[name] = true
		inner := element(t)
		if fields != nil {
			if err := checkName(path, name, fields, s); err != nil {
				return err
			}
			inner = fields[name].Type
		}
		if rest := bytes.TrimLeft(w.text[w.dec.InputOffset():], ": \t\r\n"); t == reflect.TypeFor[chat.Audience]() && narrows(name) && rest[0] == 'n' {
			return fmt.Errorf("%s: is null, by which it would leave nobody out; leave the name out if that is meant", join(path, name))
		}
		if err := w.value(join(path, name), inner, s); err != nil {
			return err
		}
	}
	_, err := w.dec.Token() // the closing brace
	return err
}

func (w slowWalker) array(path string, t reflect.Type, s strictness) error {
	for i := 0; w.dec.More(); i++ {
		if err := w.value(fmt.Sprintf("%s[%d]", path, i), element(t), s); err != nil {
			return err
		}
	}
	_, err := w.dec.Token() // the closing bracket
	return err
}

type walked struct {
	Text  string                     `json:"text"`
	To    *chat.Audience             `json:"to"`
	List  []map[string]chat.Audience `json:"list"`
	Any   any                        `json:"any"`
	Inner struct {
		Except []string `json:"except"`
	} `json:"inner"`
}

func TestTheWalkerAgreesWithOneMadeOfTokens(t *testing.T) {
	many := `{"any":{`
	for i := range 40 {
		many += fmt.Sprintf(`"k%d":%d,`, i, i)
	}
	texts := []string{
		`{"text":"a\"}","to":{"roles":["owner"],"except":["bob"]},"any":[1,-2.5e3,true,null,{"a":{}}]}`,
		` { "list" : [ { "x" : { "users" : [ "a" ] } } , {} ] , "inner" : { "except" : [] } , "\u0074ext" : "" } `,
		`{"to":{"users":null,"except" : null},"list":[{"a":{"within":null,"where":"x"}}],"inner":{"except":null}}`, `{"to":{"where":null}}`,
		many + `"last":1}}`, many + `"k3":1}}`, many + `"k39":1}}`, `{"any":{"\ud800":1,"é":2}}`, `[]`, `null`, `1`, `"x"`,
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	const bits = "{}[]\",:\\u0aTxt 1\xff"
	sound, refused := 0, 0
	for range 20_000 {
		text := []byte(texts[r.IntN(len(texts))])
		for range r.IntN(3) {
			at := r.IntN(len(text))
			switch r.IntN(3) {
			case 0:
				text[at] = bits[r.IntN(len(bits))]
			case 1:
				text = append(text[:at:at], append([]byte{bits[r.IntN(len(bits))]}, text[at:]...)...)
			case 2:
				text = append(text[:at:at], text[min(len(text), at+1):]...)
			}
			if len(text) == 0 {
				break
			}
		}
		var v walked
		if json.Unmarshal(text, &v) != nil {
			continue
		}
		sound++
		for _, s := range []strictness{exact, tolerant} {
			slow := slowWalker{json.NewDecoder(bytes.NewReader(text)), text}
			want, got := slow.value("", reflect.TypeOf(&v), s), walk(text, reflect.TypeOf(&v), s, true)
			if fmt.Sprint(got) != fmt.Sprint(want) || (walk(text, reflect.TypeOf(&v), s, false) == nil) != (want == nil) {
				t.Fatalf("%q: %v, want %v", text, got, want)
			}
			if want != nil {
				refused++
			}
		}
	}
	if sound < 1000 || refused < 1000 {
		t.Fatalf("only %d texts were sound, and %d refused", sound, refused)
	}
}
