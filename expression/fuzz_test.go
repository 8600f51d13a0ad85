package expression_test

import (
	"strings"
	"testing"

	"github.com/botd-chat/botd/expression"
)

// FuzzProgram holds that no expression that is taken panics or hangs over any
// payload, that it gives the same twice, and that no error quotes the payload.
func FuzzProgram(f *testing.F) {
	for _, s := range [][2]string{
		{"payload.group", `{"group":"@TGS#1"}`}, {"payload.a?.b ?? 'x'", `{"a":null}`}, {"map(payload, # + 1)[0]", `[1e400,2]`}, {"keys(payload)", `{"b":1,"a":{}}`},
		{"fromJSON(payload)", `"{\"x\":1}"`}, {"payload[payload.zqzqzq]", `{"zqzqzq":"zqzqzq"}`}, {"payload matches '(a+)+$'", `"aaaaaaaaaaaaaaaaaaaaaaaa!"`},
		{"int(payload)", `"zqzqzq"`}, {"1..payload", `1000000000`}, {"let x = payload; x + x", `"a"`}, {"if payload {1} else {2}", `true`},
	} {
		f.Add(s[0], []byte(s[1]))
	}
	f.Fuzz(func(t *testing.T, source string, payload []byte) {
		value, err := expression.Decode(payload)
		if err != nil {
			return
		}
		p, err := expression.Compile(source, names)
		if err != nil {
			return
		}
		values := map[string]any{"payload": value, "id": "ann", "admin": true}
		first, err := p.Run(values)
		if err != nil && !strings.Contains(source, "zqzqzq") && strings.Contains(err.Error(), "zqzqzq") {
			t.Errorf("a value is quoted: %v", err)
		}
		second, again := p.Run(values)
		if (err == nil) != (again == nil) || expression.Kind(first) != expression.Kind(second) {
			t.Errorf("%v, %v and then %v, %v", first, err, second, again)
		}
	})
}
