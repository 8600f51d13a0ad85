package strangers

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

// brokenJSON is JSON that is none, or that two readers could understand
// differently, of every way that is known to have misled one.
func brokenJSON() (all []string) {
	all = append(all, "", " ", "\n", "\x00", mark, "{", "[", "}", "]", `"`, ":", ",", "'", "{]", "[}", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, "[1", "[1,", `["`, `["a`, `{"a":"b`)
	// More than one value, or something after it.
	for _, after := range []string{"{}", "[]", "1", ",", "}", "]", "x", "\x00", "//", "/**/", "#", ";", "null", "\x1e", "\ufeff"} {
		all = append(all, `{"a":1}`+after)
	}
	// Values.
	for _, v := range []string{
		"nul", "nulll", "NULL", "True", "TRUE", "tru", "falsee", "undefined", "NaN", "-NaN", "Infinity", "-Infinity", "nan", "inf", "None",
		"01", "-01", "00", "-", "+1", "++1", "-+1", "1.", ".1", "-.1", "1.e1", "1e", "1e+", "1e-", "1E", "1e1.5", "0x1", "0b1", "0o1", "1_000", "1,0", "1 000", "1a", "1-", "--1", "1/2", "１", "1e１", "∞", "1\x00", "0e", "0e+", "1.2.3", "1eE2",
		`'a'`, "a", "`a`", `"a`, `a"`, `"a""b"`, `"a\"`, `"\"`, `"\a"`, `"\x41"`, `"\u"`, `"\u1"`, `"\u12"`, `"\u123"`, `"\u123g"`, `"\U1234"`, `"\'"`, `"\0"`, `"\ "`, `"\` + "\n" + `"`, `"\u00é9"`,
		"\"\x00\"", "\"\x01\"", "\"\x1f\"", "\"\n\"", "\"\t\"", "\"\r\"", "\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "\"\x80\"", "\"\xf8\x88\x80\x80\x80\"", "\"\xfe\"",
		`"\ud800"`, `"\udc00"`, `"\ud800\ud800"`, `"\udc00\ud800"`, `"\ud800x"`, `"\ud800A"`, `"\uD83D"`, `"\uDE00\uD83D"`,
		"[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]", "[1;2]", "[1:2]", "[1", "[[", "[]]", "{,}", "{1:2}", "{a:1}", "{'a':1}", `{"a"}`, `{"a" 1}`, `{"a"::1}`, `{"a":1,}`, `{,"a":1}`, `{"a":1 "b":2}`, `{"a":1,,"b":2}`, `{"a"=1}`, `{null:1}`, `{"a":}`, `{:1}`, `{"a":1;}`, `{[]:1}`, "(1)", "<1>", "/**/1", "1//", "#1", "*",
		`{"x":1,"x":1}`, `{"x":1,"x":2}`, `{"x":1,"\u0078":2}`, `{"":1,"":2}`, `{"é":1,"\u00e9":2}`, `{"a":{"b":1,"b":2}}`,
	} {
		all = append(all, `{"v":`+v+`}`, "["+v+"]", v+" ")
	}
	all = append(all, "\ufeff{}", "\ufeff"+plainBody, "\xff\xfe{\x00}\x00", "\xfe\xff\x00{\x00}", "{\x00}\x00", "\u00a0{}", "\u2028{}", "\v{}", "\f{}", "{}\v", "\x1b[0m{}", "\x85{}")
	for _, depth := range []int{65, 100, 1000, 10_000, 100_000} {
		all = append(all, strings.Repeat("[", depth)+strings.Repeat("]", depth), strings.Repeat(`{"a":`, depth)+"1"+strings.Repeat("}", depth), strings.Repeat("[", depth),
			strings.Repeat(`[{"a":`, depth))
	}
	key := strings.Repeat("k", 100_000)
	all = append(all, `{"`+key, `{"`+key+`":1,"`+key+`":2}`, `"`+key, strings.Repeat("9", 100_000)+"x", "1e"+strings.Repeat("9", 1000)+"."+mark)
	return unsound(all)
}

// unsound leaves out what is sound after all, such as `1 ` alone.
func unsound(all []string) (kept []string) {
	for _, s := range all {
		if !json.Valid([]byte(s)) || !utf8.ValidString(s) || misleading(s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// misleading says that a text which is JSON is one of those above that must be
// refused all the same.
func misleading(s string) bool {
	for _, sign := range []string{`"x":1,"`, `"":1,"`, `"é":1,"`, `"b":1,"`, `\ud800`, `\udc00`, `\uD83D"`, `\uDE00\uD83D`, strings.Repeat("[", 65), strings.Repeat(`{"a":`, 65), "kkk"} {
		if strings.Contains(s, sign) {
			return true
		}
	}
	return false
}

// scratched is a sound text with one to three bytes of it changed, taken away or
// doubled, so that it is none any more.
func scratched(r *rand.Rand, sound string) string {
	for {
		b := []byte(sound)
		for range 1 + r.IntN(3) {
			if len(b) < 2 {
				break
			}
			i := r.IntN(len(b))
			switch r.IntN(5) {
			case 0:
				b[i] ^= 1 << r.IntN(8)
			case 1:
				b = append(b[:i], b[i+1:]...)
			case 2:
				b = append(b[:i], append([]byte{b[i]}, b[i:]...)...)
			case 3:
				b = b[:max(i, 1)]
			default:
				b[i] = "{}[]\",:\\\x00\xff0e-"[r.IntN(13)]
			}
		}
		if !json.Valid(b) || !utf8.Valid(b) {
			return string(b)
		}
	}
}
