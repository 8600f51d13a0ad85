package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/botd-chat/botd/strictjson"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"an object", ` {"a":[1,-0.5e+3,true,false,null,"x"],"b":{}} `, nil},
		{"one value that is no object", `"a"`, nil},
		{"a pair of surrogates", `"\ud83d\ude00"`, nil},
		{"nothing", ``, strictjson.ErrSyntax},
		{"two values", `{} {}`, strictjson.ErrSyntax},
		{"a comma too many", `[1,]`, strictjson.ErrSyntax},
		{"a number with a leading zero", `[01]`, strictjson.ErrSyntax},
		{"a number without digits", `-`, strictjson.ErrSyntax},
		{"a line feed in a string", "\"\n\"", strictjson.ErrSyntax},
		{"an escape that does not exist", `"\x"`, strictjson.ErrSyntax},
		{"a string without its end", `"a`, strictjson.ErrSyntax},
		{"a byte order mark", "\ufeff{}", strictjson.ErrSyntax},
		{"a byte that is no UTF-8, in a string", "\"\xff\"", strictjson.ErrUTF8},
		{"a byte that is no UTF-8, elsewhere", "{\xff}", strictjson.ErrUTF8},
		{"a key twice", `{"a":1,"b":{"a":2},"a":3}`, strictjson.ErrTwice},
		{"a key twice in two spellings", `{"a":1,"\u0061":2}`, strictjson.ErrTwice},
		{"a key in two objects of a list", `[{"a":1},{"a":2}]`, nil},
		{"the first half of a pair", `"\ud83d"`, strictjson.ErrSurrogate},
		{"the first half twice", `"\ud83d\ud83d"`, strictjson.ErrSurrogate},
		{"the second half", `"\ude00"`, strictjson.ErrSurrogate},
		{"as deep as allowed", strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), nil},
		{"one deeper", strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), strictjson.ErrDeep},
		{"a bomb of brackets", strings.Repeat(`{"a":[`, 1<<20), strictjson.ErrDeep},
		{"many keys", manyKeys(50_000, ""), nil},
		{"many keys, one of them twice", manyKeys(50_000, `,"k49999":0`), strictjson.ErrTwice},
		{"many keys, an early one twice", manyKeys(50_000, `,"k3":0`), strictjson.ErrTwice},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := strictjson.Check([]byte(c.text), maxDepth); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func manyKeys(n int, more string) string {
	var b strings.Builder
	b.WriteString(`{"k":0`)
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":%d`, i, i)
	}
	return b.String() + more + "}"
}

func TestScannerReadsWhatItIsToldToExpect(t *testing.T) {
	s := strictjson.NewScanner([]byte(`{"a":"q\"\u00e9","b":[1]}`))
	s.Depth = 1
	ok := s.Literal(`{"a":`) && s.String(`q"é`) && !s.Literal(`,"c":`) && s.Literal(`,"b":`) &&
		s.Value() == nil && s.Next() == '}' && !s.End() && s.Literal(`}`) && s.End() && s.At() == 25 && s.Next() == 0
	if !ok {
		t.Errorf("stands at %d", s.At())
	}
	for _, text := range []string{`"a`, `"b"`, `a`, ``, `"\ud800"`, `"\u0062"`} {
		if strictjson.NewScanner([]byte(text)).String("a") {
			t.Errorf("%s is taken for a", text)
		}
	}
}

// seeds are texts that say much in few bytes.
var seeds = []string{
	`{"a":1,"b":[true,null,{"a":"\ud83d\ude00 é"}],"c":-0.1e-2}`, `{"a":1,"\u0061":2}`, `{"ab_9":{"x":{}},"A":[[],[[]]]}`,
	`{"":"","a":"\"\\\/\b\f\n\r\t"}`, `"\ud83d"`, ` [ 1 , 2 ] `, `{"a":{"b":1,"b":2}}`, manyKeys(20, ""), manyKeys(20, `,"k7":1`),
	"{\"a\":\"\xff\"}", `[0.0,10,1E5,-1]`, `{"To_Account":["a","b"],"GroupId":"@TGS#1"}`,
}

// compare fails when the scanner and the slow readings differ.
func compare(t *testing.T, text []byte) {
	t.Helper()
	fast, slow := strictjson.Check(text, maxDepth), slowly(text)
	if (fast == nil) != (slow == nil) {
		t.Fatalf("%q: the scanner says %v, the slow reading %v", text, fast, slow)
	}
	s := strictjson.NewScanner(text)
	s.Depth, s.Plain = maxDepth, true
	if s.Value() != nil || !s.End() {
		return
	}
	if err := plainly(text); err != nil || !json.Valid(text) {
		t.Fatalf("%q passes, and the slow reading of keys says %v", text, err)
	}
}

func TestTheScannerAgreesWithASlowReading(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	t.Logf("seed %d", seed)
	const bits = "{}[]\",:\\u0a1-+.eE \ttrnfx_\xc3\xa9\xffd83"
	for range 50_000 {
		text := []byte(seeds[r.IntN(len(seeds))])
		for range 1 + r.IntN(3) {
			at := r.IntN(len(text) + 1)
			switch r.IntN(4) {
			case 0:
				text = append(text[:at:at], append([]byte{bits[r.IntN(len(bits))]}, text[at:]...)...)
			case 1:
				text = append(text[:at:at], text[min(at+1+r.IntN(3), len(text)):]...)
			case 2:
				if at < len(text) {
					text[at] = bits[r.IntN(len(bits))]
				}
			case 3:
				from := r.IntN(at + 1)
				text = append(text[:at:at], append(bytes.Clone(text[from:at]), text[at:]...)...)
			}
		}
		compare(t, text)
	}
}

func FuzzScanner(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(compare)
}

func BenchmarkCheck(b *testing.B) {
	text := []byte(`{"user":"carol","answer":"B","when":"2026-01-01T00:00:00Z","text":"` + strings.Repeat("word ", 180) + `","tags":["a","b"],"n":{"x":1,"y":2.5}}`)
	for name, check := range map[string]func() error{
		"one pass": func() error { return strictjson.Check(text, maxDepth) },
		"slowly":   func() error { return slowly(text) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := check(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
