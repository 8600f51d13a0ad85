package receipts

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawn fills whatever it is given: each field of each kind, empty, absent or
// with something that has to be escaped, so that no field can be forgotten.
func drawn(t *rapid.T, v reflect.Value, depth int) {
	if m, ok := v.Addr().Interface().(*Moment); ok {
		if rapid.Bool().Draw(t, "set") {
			m.Time = time.UnixMicro(rapid.Int64Range(-1<<55, 1<<55).Draw(t, "micros")).In(time.FixedZone("elsewhere", 3600))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, f := range v.Fields() {
			drawn(t, f, depth)
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			drawn(t, v.Elem(), depth)
		}
	case reflect.Slice:
		n := rapid.IntRange(-1, 3).Draw(t, "items")
		if depth > 3 || n < 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			drawn(t, v.Index(i), depth+1)
		}
	case reflect.Array:
		for i := range v.Len() {
			drawn(t, v.Index(i), depth)
		}
	case reflect.String:
		v.SetString(drawnText(t))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.SampledFrom([]int64{0, 0, 1, -1, 17, 1234567890, largest, -largest}).Draw(t, "int"))
	case reflect.Uint32:
		v.SetUint(uint64(rapid.Uint32().Draw(t, "uint32")))
	default:
		t.Fatalf("nothing is drawn for a %v", v.Type())
	}
}

func drawnText(t *rapid.T) string {
	return rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[ -~]{0,12}`), rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 12), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{"\u2028\u2029\ufffd\x7f", "\xff\xfe<&>", "\xed\xa0\x80", "\b\f\n\r\t\v\x00\x1f\"\\/", "😀\xf0\x9f"})).Draw(t, "text")
}

func TestABodyIsWrittenInTheCanonicalForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Body
		drawn(t, reflect.ValueOf(&b).Elem(), 0)
		want, err := canonical(b)
		must(t, err)
		got, err := appendBody(nil, &b)
		must(t, err)
		if !bytes.Equal(got, want) || isCanonical(got) != nil {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}

func TestWhatIsBesideABodyIsWrittenAsEncodingJSONDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o Opened
		drawn(t, reflect.ValueOf(&o).Elem(), 0)
		want, err := json.Marshal(o)
		must(t, err)
		if got, err := appendOpened(nil, o); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("got  %s, %v\nwant %s", got, err, want)
		}
	})
}

func TestALinkIsTheHashOfItsCanonicalForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lane, prev, n := drawnText(t), drawnText(t), rapid.Int64Range(1, largest).Draw(t, "n")
		b, err := canonical(map[string]any{"body": "b", "lane": lane, "n": n, "prev": prev})
		must(t, err)
		if got := link(lane, n, prev, "b"); got != digest(b) {
			t.Fatalf("%s for %s", got, b)
		}
	})
}

func TestABodyWithANumberThatNotAllReadAlikeIsRefused(t *testing.T) {
	b := Body{Again: largest + 1}
	_, got := appendBody(nil, &b)
	_, want := canonical(b)
	if got == nil || want == nil || got.Error() != want.Error() {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestAKeyedHashIsThatOfTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key, text := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "key"), rapid.SliceOfN(rapid.Byte(), 0, 400).Draw(t, "text")
		mac := hmac.New(sha256.New, key)
		mac.Write(text)
		if got := keyed(key, text); got != hex.EncodeToString(mac.Sum(nil)) {
			t.Fatalf("%s for %x under %x", got, text, key)
		}
	})
}
