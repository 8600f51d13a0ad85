package receipts

import (
	"bytes"
	"testing"
)

// FuzzVerify holds that no file makes a verification panic, and that one which
// is said to be whole, by heads that were noted, has every receipt.
func FuzzVerify(f *testing.F) {
	c := three(f)
	whole := c.export(f)
	f.Add(whole)
	f.Add(bytes.ReplaceAll(whole, []byte(`"ann"`), []byte(`"eve"`)))
	f.Add([]byte("{}\n{}\n"))
	f.Add([]byte(`{"n":1,"body":null,"lane":""}`))
	heads := c.heads()
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := Verify(bytes.NewReader(file), heads)
		if err != nil || r.Wrong > 0 {
			return
		}
		if r.Receipts != int64(len(c)) || len(r.Chains) != len(heads) {
			t.Errorf("said to be whole, with %d receipts in %d chains", r.Receipts, len(r.Chains))
		}
	})
}
