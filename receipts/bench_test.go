package receipts

import (
	"fmt"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// BenchmarkSeal is the making of one receipt, without the store; it also tells
// how many bytes a receipt takes there.
func BenchmarkSeal(b *testing.B) {
	for _, n := range []int{3, 50} {
		b.Run(fmt.Sprintf("%d people", n), func(b *testing.B) {
			e := ended(b, 1)
			var ids []chat.UserID
			e.Group.Members = nil
			for i := range n {
				id := chat.UserID(fmt.Sprintf("member%02d", i))
				ids, e.Group.Members = append(ids, id), append(e.Group.Members, chat.Member{ID: id, Role: chat.Admin})
			}
			e.Delivery.Recipients = people(b, ids...)
			size := 0
			for b.Loop() {
				s, err := Maker{}.Seal(e)
				must(b, err)
				size = len(s.Body) + len(s.Opened)
			}
			b.ReportMetric(float64(size), "bytes/receipt")
		})
	}
}

// BenchmarkVerify is the verifying of one receipt of two people.
func BenchmarkVerify(b *testing.B) {
	var c chain
	for i := range 100 {
		c.add(b, ended(b, i+1))
	}
	text := c.export(b)
	for b.Loop() {
		if r := verify(b, text); r.Wrong != 0 {
			b.Fatal(told(r))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(100*b.N), "µs/receipt")
}
