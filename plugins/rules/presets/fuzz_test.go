package presets

import (
	"os"
	"testing"
)

// FuzzText holds that no payload makes a preset panic or write what cannot be
// sent.
func FuzzText(f *testing.F) {
	for _, file := range samples(f) {
		payload, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		name, kind := about(file)
		f.Add(name, kind, payload)
	}
	f.Add("stripe", "", []byte(`{"id":"e","type":"charge.failed","data":{"object":{"object":"charge","amount":-9223372036854775808,"currency":"jpy"}}}`))
	f.Fuzz(func(t *testing.T, name, kind string, payload []byte) {
		text, err := Text(name, kind, payload)
		if err != nil {
			return
		}
		sound(t, text)
	})
}
