package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// plainSealer makes receipts that say little, and links that can be read.
type plainSealer struct {
	before func(chat.Ended) // called before each; may be nil
}

func (p plainSealer) Seal(e chat.Ended) (chat.Seal, error) {
	if p.before != nil {
		p.before(e)
	}
	names := []string{}
	for _, id := range e.Delivery.Recipients.IDs() {
		names = append(names, fmt.Sprintf(`["s",%q]`, id))
	}
	body := fmt.Sprintf(`{"delivery":%q,"outcome":%q,"again":%d,"acts":%d,"recalls":%d,"damaged":%q,"sender":0}`,
		e.Delivery.ID, e.Delivery.Outcome, e.Before, len(e.Acts), len(e.Recalls), e.Damaged)
	return chat.Seal{Body: []byte(body), Opened: []byte(`{"names":[` + strings.Join(names, ",") + `],"texts":[["s",` + fmt.Sprintf("%q", e.Delivery.Reason) + `]]}`),
		ContentKey: "c", ReadingKey: "r"}, nil
}

func (plainSealer) Link(lane string, n int64, prev string, body []byte) string {
	return fmt.Sprintf("%s/%d", lane[len(lane)-8:], n)
}

func sealAll(t testing.TB, s *Store) (n int) {
	t.Helper()
	for {
		some, err := s.SealSome(t.Context(), 1000, plainSealer{})
		must(t, err)
		if n += some; some < 1000 {
			return n
		}
	}
}

// chainOf tells of the receipts, the first first: number, outcome, what came before.
func chainOf(t testing.TB, s *Store) string {
	t.Helper()
	list, _, err := s.Receipts().List(t.Context(), ReceiptFilter{}, 1000)
	must(t, err)
	slices.Reverse(list)
	var b strings.Builder
	for _, r := range list {
		fmt.Fprintf(&b, "%d<%s %s\n", r.N, r.Prev, r.Body)
	}
	return b.String()
}

// unknownOne leaves one delivery behind whose outcome is unknown.
func unknownOne(t testing.TB, s *Store, h *hand, key string) {
	t.Helper()
	accept(t, s, arrival(key, "@TGS#1"))
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Admins.Say("x")...)))
	m := takeMessages(t, s, 1)[0]
	d := started(resolve(t, s, m, people(t, "boss"))[0], h.now())
	_, err := s.Begin(t.Context(), chat.Begin{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d}})
	must(t, err)
	d.Status, d.Outcome, d.Reason, d.Ended = chat.Held, chat.Unknown, "nobody knows", h.now()
	must(t, s.EndRound(t.Context(), chat.Round{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d},
		Attempts: []chat.Attempt{{Delivery: d.ID, N: 1, Random: d.Random, People: 1, Began: h.now(), Ended: h.now(), Result: chat.Unclear}},
		End:      &chat.MessageEnd{Status: chat.Held, Outcome: chat.Unknown}}))
}

func TestEachDeliveryThatEndedHasOneReceipt(t *testing.T) {
	s, h := newStore(t)
	whole(t, s, h, "a", "@TGS#1")
	h.move(time.Second)
	whole(t, s, h, "b", "@TGS#2")
	h.move(time.Second)
	whole(t, s, h, "c", "@TGS#1")
	if n, since, err := s.Unsealed(t.Context()); n != 3 || err != nil || !since.Equal(h.now().Add(-2*time.Second)) {
		t.Errorf("%d without, since %v, %v", n, since, err)
	}
	if n := sealAll(t, s); n != 3 {
		t.Fatalf("sealed %d", n)
	}
	if n := sealAll(t, s); n != 0 {
		t.Errorf("sealed %d again", n)
	}
	list, _, err := s.Receipts().List(t.Context(), ReceiptFilter{}, 10)
	must(t, err)
	var got []string
	for _, r := range slices.Backward(list) {
		got = append(got, fmt.Sprintf("%s %s %d after %q", r.Delivery, r.Group, r.N, r.Prev))
	}
	want := []string{`d1 @TGS#1 1 after ""`, `d2 @TGS#2 1 after ""`, `d3 @TGS#1 2 after "1/normal/1"`}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	heads, err := s.Receipts().Heads(t.Context())
	must(t, err)
	if len(heads) != 2 || heads[0].N != 2 || heads[1].N != 1 {
		t.Errorf("heads %v", heads)
	}
}

func TestAReceiptIsMadeOfTheAttemptsOfItsOwnDelivery(t *testing.T) {
	s, h := newStore(t)
	whole(t, s, h, "a", "@TGS#1")
	whole(t, s, h, "b", "@TGS#2")
	must(t, s.tx(t.Context(), func(q *tx) error {
		for _, n := range []int{3, 2} {
			if _, err := q.exec(`INSERT INTO attempt (` + attemptColumns + `) SELECT delivery_id, ` + fmt.Sprint(n) + `, random, people, began, ended, result, code, error FROM attempt WHERE delivery_id = 1 AND n = 1`); err != nil {
				return err
			}
		}
		return nil
	}))
	var got []string
	_, err := s.SealSome(t.Context(), 10, plainSealer{before: func(e chat.Ended) {
		for _, a := range e.Tries {
			got = append(got, fmt.Sprintf("%s: %s %d", e.Delivery.ID, a.Delivery, a.N))
		}
	}})
	must(t, err)
	if want := []string{"d1: d1 1", "d1: d1 2", "d1: d1 3", "d2: d2 1"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestABatchIsMadeOfTheReadingsThatItsMessagesHad(t *testing.T) {
	s, h := newStore(t)
	var got []string
	by := plainSealer{before: func(e chat.Ended) {
		got = append(got, fmt.Sprintf("%s: %d members, %t", e.Delivery.ID, len(e.Group.Members), e.Group.Hash() == e.Message.Snapshot))
	}}
	fewer := staff
	fewer.Members = staff.Members[:2]
	for id, has := range []chat.Membership{staff, staff, fewer, staff} {
		whole(t, s, h, fmt.Sprint(id), "@TGS#1")
		must(t, s.tx(t.Context(), func(q *tx) error {
			_, err := q.exec(`UPDATE message SET snapshot = $1 WHERE id = $2`, has.Hash(), id+1)
			return errors.Join(err, q.keepSnapshot(has.Hash(), has))
		}))
		_, err := s.SealSome(t.Context(), 10, by)
		must(t, err)
	}
	if want := []string{"d1: 3 members, true", "d2: 3 members, true", "d3: 2 members, true", "d4: 3 members, true"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestWhatIsLearntLaterHasAReceiptOfItsOwn(t *testing.T) {
	s, h := newStore(t)
	unknownOne(t, s, h, "a")
	sealAll(t, s)
	_, err := s.AnswerUnknown(t.Context(), 1, chat.AnswerSent, ann)
	must(t, err)
	if n := sealAll(t, s); n != 1 {
		t.Errorf("sealed %d after the answer", n)
	}
	recalls, err := s.BeginRecalls(t.Context(), []chat.Recallable{{Delivery: 1, MsgSeq: 1}}, ann)
	must(t, err)
	if n := sealAll(t, s); n != 1 {
		t.Errorf("sealed %d when the recall began", n)
	}
	recalls[0].Result = chat.Recalled
	must(t, s.EndRecalls(t.Context(), recalls))
	sealAll(t, s)
	const want = `1< {"delivery":"d1","outcome":"unknown","again":0,"acts":0,"recalls":0,"damaged":"","sender":0}
2<1/normal/1 {"delivery":"d1","outcome":"sent","again":1,"acts":1,"recalls":0,"damaged":"","sender":0}
3<1/normal/2 {"delivery":"d1","outcome":"sent","again":2,"acts":1,"recalls":1,"damaged":"","sender":0}
4<1/normal/3 {"delivery":"d1","outcome":"sent","again":3,"acts":1,"recalls":1,"damaged":"","sender":0}
`
	if got := chainOf(t, s); got != want {
		t.Errorf("%s", got)
	}
}

// What somebody does between the reading and the storing is not in the receipt,
// so the receipt must not stand for it.
func TestAReceiptThatIsOldBeforeItIsStoredIsMadeAgain(t *testing.T) {
	s, h := newStore(t)
	unknownOne(t, s, h, "a")
	whole(t, s, h, "b", "@TGS#2")
	var acted atomic.Bool
	n, err := s.SealSome(t.Context(), 10, plainSealer{before: func(e chat.Ended) {
		if e.Delivery.ID == 1 && !acted.Swap(true) {
			_, err := s.AnswerUnknown(t.Context(), 1, chat.AnswerDrop, ann)
			must(t, err)
		}
	}})
	if n != 1 || err != nil {
		t.Fatalf("sealed %d, %v", n, err)
	}
	sealAll(t, s)
	if got := chainOf(t, s); strings.Contains(got, `"outcome":"unknown"`) || !strings.Contains(got, `"d1","outcome":"dropped","again":0,"acts":1`) {
		t.Errorf("%s", got)
	}
}

func TestAReceiptIsStoredWholeOrNotAtAll(t *testing.T) {
	s, h := newStore(t)
	whole(t, s, h, "a", "@TGS#1")
	list, err := s.unsealed(t.Context(), 10)
	must(t, err)
	seal, err := plainSealer{}.Seal(list[0].Ended)
	must(t, err)
	stop := errors.New("stopped")
	err = s.tx(t.Context(), func(q *tx) error {
		n, err := q.seal([]sealing{{&list[0], seal}}, plainSealer{})
		if n != 1 || err != nil {
			t.Errorf("sealed %d, %v", n, err)
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if heads, err := s.Receipts().Heads(t.Context()); len(heads) != 0 || err != nil || chainOf(t, s) != "" {
		t.Errorf("something was left: %v, %v", heads, err)
	}
	if n := sealAll(t, s); n != 1 {
		t.Errorf("then sealed %d", n)
	}
}

func TestADamagedRowHasAReceiptThatSaysSo(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"recipients", `UPDATE delivery SET recipients = '[]' WHERE id = 1`},
		{"body", `UPDATE message SET body = '{' WHERE id = 1`},
		{"reading", `UPDATE snapshot SET members = '{'`},
		{"no reading", `DELETE FROM snapshot`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, h := newStore(t)
			whole(t, s, h, "a", "@TGS#1")
			must(t, s.tx(t.Context(), func(q *tx) error { _, err := q.exec(c.text); return err }))
			if n := sealAll(t, s); n != 1 {
				t.Fatalf("sealed %d", n)
			}
			if got := chainOf(t, s); !strings.Contains(got, `"delivery":"d1"`) || !strings.Contains(got, "damaged: ") {
				t.Errorf("%s", got)
			}
		})
	}
}

func TestNothingIsDeletedBeforeItHasItsReceipt(t *testing.T) {
	s, h := newStore(t)
	whole(t, s, h, "a", "@TGS#1")
	h.move(time.Hour)
	sum, err := s.Retire(t.Context(), Retention{Done: h.now()})
	must(t, err)
	if sum.Events != 0 {
		t.Errorf("deleted %+v", sum)
	}
	if sum := retire(t, s, Retention{Done: h.now()}); sum.Events != 1 {
		t.Errorf("and when it had one %+v", sum)
	}
	if list, err := s.Receipts().Of(t.Context(), 1); len(list) != 1 || err != nil {
		t.Errorf("its receipts: %v, %v", list, err)
	}
}

func TestReceiptsHaveALifeOfTheirOwn(t *testing.T) {
	s, h := newStore(t)
	for i := range receiptBatch + 5 {
		whole(t, s, h, fmt.Sprint(i), "@TGS#1")
	}
	sealAll(t, s)
	h.move(time.Hour)
	limit := h.now()
	whole(t, s, h, "young", "@TGS#1")
	sealAll(t, s)
	if n, err := s.RetireReceipts(t.Context(), limit.Add(-2*time.Hour)); n != 0 || err != nil {
		t.Errorf("of what is too young it deleted %d, %v", n, err)
	}
	n, err := s.RetireReceipts(t.Context(), limit)
	if n != receiptBatch+5 || err != nil {
		t.Fatalf("deleted %d, %v", n, err)
	}
	var cut chat.Head
	must(t, s.reader.view(t.Context(), func(v view) error {
		return v.one(`SELECT lane, cut_n, cut_hash FROM chain`).Scan(&cut.Lane, &cut.N, &cut.Hash)
	}))
	spans, err := s.Receipts().Spans(t.Context(), ReceiptFilter{})
	must(t, err)
	if len(spans) != 1 || spans[0].First != int64(n)+1 || spans[0].Last != int64(n)+1 || cut.N != int64(n) {
		t.Errorf("left %+v, cut at %+v", spans, cut)
	}
	list, err := s.Receipts().Span(t.Context(), spans[0], 10)
	must(t, err)
	if len(list) != 1 || list[0].Prev != cut.Hash {
		t.Errorf("it goes on from %+v", list)
	}
	t.Run("a chain goes on when all of it is gone", func(t *testing.T) {
		h.move(time.Hour)
		if n, err := s.RetireReceipts(t.Context(), h.now()); n != 1 || err != nil {
			t.Fatalf("deleted %d, %v", n, err)
		}
		whole(t, s, h, "next", "@TGS#1")
		sealAll(t, s)
		if got := chainOf(t, s); !strings.HasPrefix(got, fmt.Sprintf("%d<1/normal/%d ", n+2, n+1)) {
			t.Errorf("%s", got)
		}
	})
}

func TestAnErasureLeavesTheChainAndTakesTheNames(t *testing.T) {
	s, h := newStore(t)
	must(t, line(t.Context(), s, h.now, arrival("a", "@TGS#1"), people(t, "boss", "hana")))
	must(t, line(t.Context(), s, h.now, arrival("b", "@TGS#1"), people(t, "hana")))
	unknownOne(t, s, h, "c")
	_, err := s.AnswerUnknown(t.Context(), 3, chat.AnswerDrop, chat.By{Who: "hana", Reason: "for boss's sake"})
	must(t, err)
	sealAll(t, s)
	before := chainOf(t, s)
	e, err := s.Erase(t.Context(), "main", "boss", ann)
	must(t, err)
	if e.Counts.Receipts != 2 {
		t.Errorf("%+v", e.Counts)
	}
	if got := chainOf(t, s); got != before {
		t.Errorf("the chain was\n%sand is\n%s", before, got)
	}
	list, _, err := s.Receipts().List(t.Context(), ReceiptFilter{}, 10)
	must(t, err)
	want := map[chat.DeliveryID]string{
		1: `{"names":[null,["s","hana"]],"texts":[["s",""]]}`,
		2: `{"names":[["s","hana"]],"texts":[["s",""]]}`,
		3: `{"names":[null],"texts":[null]}`,
	}
	for _, r := range list {
		// The reading had the user, so that its hash can no longer be tried out.
		if string(r.Opened) != want[r.Delivery] || r.ReadingKey != "" || r.ContentKey != "c" {
			t.Errorf("%s: %s, %q, %q", r.Delivery, r.Opened, r.ReadingKey, r.ContentKey)
		}
	}
}

func TestWhatAnErasedUserCausedCanNoLongerBeGuessed(t *testing.T) {
	s, h := newStore(t)
	must(t, line(t.Context(), s, h.now, arrival("a", "@TGS#1"), people(t, "boss"))) // minji caused it
	sealAll(t, s)
	_, err := s.Erase(t.Context(), "main", "minji", ann)
	must(t, err)
	list, err := s.Receipts().Of(t.Context(), 1)
	must(t, err)
	if list[0].ContentKey != "" || string(list[0].Opened) != `{"names":[["s","boss"]],"texts":[["s",""]]}` {
		t.Errorf("%q, %s", list[0].ContentKey, list[0].Opened)
	}
}

// What is on its way ends after the erasure, and its receipt says why it went to
// the user by the reading of before.
func TestAReadingStaysThatIsStillToExplainSomething(t *testing.T) {
	s, h := newStore(t)
	accept(t, s, arrival("a", "@TGS#1"))
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Everyone.Say("x")...)))
	m := takeMessages(t, s, 1)[0]
	d := started(resolve(t, s, m, people(t, "boss"))[0], h.now())
	_, err := s.Begin(t.Context(), chat.Begin{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d}})
	must(t, err)
	e, err := s.Erase(t.Context(), "main", "boss", ann)
	must(t, err)
	if len(e.Waiting) != 1 || e.Counts.Snapshots != 0 {
		t.Errorf("%+v", e)
	}
	must(t, s.EndRound(t.Context(), sent(m, d, h.now())))
	found := false
	_, err = s.SealSome(t.Context(), 10, plainSealer{before: func(e chat.Ended) { _, found = e.Group.Find("boss") }})
	must(t, err)
	if !found {
		t.Error("the reading does not have them")
	}
	e, err = s.Erase(t.Context(), "main", "boss", ann)
	must(t, err)
	if len(e.Waiting) != 0 || e.Counts.Snapshots != 1 || e.Counts.Receipts != 1 {
		t.Errorf("when it is over: %+v", e)
	}
}

func TestASealerThatHasToStopDoesNotWaitForAnErasure(t *testing.T) {
	s, _ := newStore(t)
	must(t, s.sealing.enter(t.Context()))
	defer s.sealing.leave()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.SealSome(ctx, 10, plainSealer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestATextSpeaksOfAUserOnlyByTheWholeId(t *testing.T) {
	for text, want := range map[string]bool{
		"dropped by cy: late": true, "cy": true, "cyan and cycle": false, "icy, but cy": true, "": false, "user \"cy\"": true,
	} {
		if speaksOf(text, "cy") != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func TestAStoreFromBeforeReceiptsGetsThem(t *testing.T) {
	path := first(t)
	s := openAt(t, path, nil)
	if n := sealAll(t, s); n != 1 {
		t.Fatalf("sealed %d", n)
	}
	if got := chainOf(t, s); !strings.Contains(got, `"delivery":"d1","outcome":"unknown"`) {
		t.Errorf("%s", got)
	}
	must(t, s.Close())
	t.Run("and are read while nobody has it open", func(t *testing.T) {
		must(t, ReadReceipts(t.Context(), "sqlite:"+path, func(r Receipts) error {
			list, err := r.Of(t.Context(), 1)
			if len(list) != 1 {
				t.Errorf("%v", list)
			}
			return err
		}))
	})
	t.Run("and not where there is no store", func(t *testing.T) {
		err := ReadReceipts(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "none.db"), func(r Receipts) error {
			_, err := r.Heads(t.Context())
			return err
		})
		if err == nil {
			t.Error("no error")
		}
	})
}

// BenchmarkSealSome is the giving of a receipt to one delivery, a hundred in a
// transaction; what the receipt says is made elsewhere.
func BenchmarkSealSome(b *testing.B) {
	s := openAt(b, filepath.Join(b.TempDir(), "botd.db"), nil)
	for i := range 100 {
		must(b, line(b.Context(), s, time.Now, arrival(fmt.Sprint(i), "@TGS#1"), people(b, "boss")))
	}
	for b.Loop() {
		b.StopTimer()
		must(b, s.tx(b.Context(), func(q *tx) error {
			_, err := q.exec(`UPDATE delivery SET sealed = 0, news = 1 WHERE id <= 100`)
			return err
		}))
		b.StartTimer()
		if n, err := s.SealSome(b.Context(), 100, plainSealer{}); n != 100 || err != nil {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(100*b.N), "µs/receipt")
}

func TestTheKeyOfAReadingByWhichOthersJoinedIsErased(t *testing.T) {
	s, h := newStore(t)
	a := arrival("a", "@TGS#1")
	a.Sender = "boss"
	accept(t, s, a)
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Admins.Say("x")...)))
	m := takeMessages(t, s, 1)[0]
	d := started(resolve(t, s, m, people(t, "boss"))[0], h.now())
	_, err := s.Begin(t.Context(), chat.Begin{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d}})
	must(t, err)
	// suji came to the group, and hana joined the message by the reading that has both.
	later := chat.Membership{Group: staff.Group, Type: staff.Type, ReadAt: staff.ReadAt.Add(time.Second), Members: append(staff.Members[:3:3], chat.Member{ID: "suji", Role: chat.Normal})}
	made, err := s.Join(t.Context(), m.Lease, m.Message.ID, chat.Newcomers{Membership: later, Parts: []chat.Share{{Recipients: people(t, "hana")}}})
	must(t, err)
	j := started(made[0], h.now())
	_, err = s.Begin(t.Context(), chat.Begin{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{j}})
	must(t, err)
	round := sent(m, d, h.now())
	other := sent(m, j, h.now())
	round.Deliveries, round.Attempts = append(round.Deliveries, other.Deliveries...), append(round.Attempts, other.Attempts...)
	must(t, s.EndRound(t.Context(), round))
	if n := sealAll(t, s); n != 2 {
		t.Fatalf("sealed %d", n)
	}
	_, err = s.Erase(t.Context(), "main", "suji", ann)
	must(t, err)
	list, _, err := s.Receipts().List(t.Context(), ReceiptFilter{}, 10)
	must(t, err)
	for _, r := range list {
		if r.Delivery == j.ID && r.ReadingKey != "" {
			t.Errorf("receipt %d of delivery %s keeps the key of a reading that had suji", r.N, r.Delivery)
		}
	}
}
