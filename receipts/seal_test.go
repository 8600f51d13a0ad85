package receipts

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

// full is a delivery of which there is everything that can be told.
func full(t tester) chat.Ended {
	t.Helper()
	e := ended(t, 1)
	only := people(t, "ann", "bo")
	e.Event.ReplayOf, e.Message.ReplayOf, e.Message.Only = 3, 4, &only
	e.Message.To = chat.Users("ann", "bo").But("dee")
	e.Delivery.Reason, e.Delivery.Resent = "found in the history of cy's group", after(260)
	e.Delivery.Lost = []chat.Exclusion{{User: "dee", Reason: "is excepted by name, only user ann", At: after(100)}}
	e.Tries[0].Error, e.Tries[0].Code = "no such account: dee", 10004
	e.Acts = []chat.Act{{Target: "d1", What: chat.SaidToBeSent, Who: "kim", Reason: "cy saw it", At: after(270)}}
	e.Recalls = []chat.Recall{{MsgSeq: 17, At: after(280), Result: chat.NotRecalled, Code: 10030, Error: "dee's", By: chat.By{Who: "kim", Reason: "for bo"}}}
	return e
}

func allErased(t tester, s chat.Sealed) []byte {
	t.Helper()
	var o Opened
	must(t, json.Unmarshal(s.Opened, &o))
	clear(o.Names)
	clear(o.Texts)
	b, err := json.Marshal(o)
	must(t, err)
	return b
}

// places are those of the names of a receipt.
func places(t tester, s chat.Seal) map[string]int {
	t.Helper()
	var o Opened
	must(t, json.Unmarshal(s.Opened, &o))
	at := map[string]int{}
	for i, v := range o.Names {
		at[v[1]] = i + 1
	}
	return at
}

func TestABodySaysNothingThatCouldHaveToBeErased(t *testing.T) {
	seal, err := Maker{}.Seal(full(t))
	must(t, err)
	body := string(seal.Body)
	for _, word := range []string{`"ann"`, `"bo"`, `"cy"`, `"dee"`, "kim", "said B", "history", "account", "saw", school.Hash()} {
		if strings.Contains(body, word) {
			t.Errorf("it has %q: %s", word, body)
		}
	}
	at := places(t, seal)
	both := []int{min(at["ann"], at["bo"]), max(at["ann"], at["bo"])}
	want := []string{`"app":"main"`, `"bot":"quiz"`, `"group":"@TGS#1"`, `"event":"e1"`, `"replay_of":"e3"`, `"message":"m1"`, `"repeats":"m4"`, `"delivery":"d1"`, `"part":1`,
		`"trigger":"answers"`, `"kind":"webhook"`,
		fmt.Sprintf(`"rule":{"except":[%d],"users":[%d,%d]}`, at["dee"], both[0], both[1]), fmt.Sprintf(`"only":[%d,%d]`, both[0], both[1]),
		fmt.Sprintf(`"ceiling":{"any_of":[{"roles":["owner","admin"]},{"users":[%d]}]}`, at["cy"]), fmt.Sprintf(`"sender":%d,`, at["cy"]),
		fmt.Sprintf(`{"name":%d,"role":"owner","why":"is named"}`, at["ann"]), fmt.Sprintf(`{"name":%d,"role":"admin","why":"is named"}`, at["bo"]),
		fmt.Sprintf(`"lost":[{"at":"2026-03-04T09:00:00.100000Z","name":%d,"why":`, at["dee"]),
		`"age_us":200000`, `"members":4`, `"type":"Public"`, `"msg_seq":17`, `"random":7`, `"result":"sent"`, `"code":10004`, `"what":"said to be sent"`, `"result":"not recalled"`,
		`"sealed_at":"2026-03-04T09:00:00.300000Z"`, `"resent":"2026-03-04T09:00:00.260000Z"`}
	for _, text := range want {
		if !strings.Contains(body, text) {
			t.Errorf("it has no %s: %s", text, body)
		}
	}
	if err := isCanonical(seal.Body); err != nil {
		t.Error(err)
	}
}

func TestNothingOfTwoReceiptsOfTheSameIsTheSame(t *testing.T) {
	a, err := Maker{}.Seal(ended(t, 1))
	must(t, err)
	b, err := Maker{}.Seal(ended(t, 1))
	must(t, err)
	if a.ContentKey == b.ContentKey || a.ReadingKey == b.ReadingKey || digest(a.Body) == digest(b.Body) || string(a.Opened) == string(b.Opened) || len(a.ContentKey) != 32 {
		t.Error("salts or keys repeat")
	}
}

func TestAnErasureLeavesAReceiptThatHolds(t *testing.T) {
	var c chain
	c.add(t, full(t))
	before := verify(t, c.export(t), c.heads()...)
	c[0].Opened = allErased(t, c[0])
	after := verify(t, c.export(t), c.heads()...)
	if before.Wrong != 0 || after.Wrong != 0 || before.Erased != 0 || after.Erased != 4+8 || after.Chains[0].Noted != 1 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

// By what the documentation tells an auditor to do.
func TestWhoHasTheTextAndTheKeyCanProveIt(t *testing.T) {
	seal, err := Maker{}.Seal(ended(t, 1))
	must(t, err)
	var b Body
	must(t, json.Unmarshal(seal.Body, &b))
	key, err := hex.DecodeString(seal.ContentKey)
	must(t, err)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(`[{"text":{"text":"cy said B"}}]`))
	if got := hex.EncodeToString(mac.Sum(nil)); got != b.Content {
		t.Errorf("content %s, and by hand %s", b.Content, got)
	}
}

func TestWhatIsLearntLaterNamesNobodyAgain(t *testing.T) {
	e := full(t)
	e.Before = 17
	seal, err := Maker{}.Seal(e)
	must(t, err)
	var b Body
	must(t, json.Unmarshal(seal.Body, &b))
	if b.Type != Later || b.Again != 17 || b.Sending != nil || len(b.Names) != 0 || seal.ContentKey != "" || len(b.Acts) != 1 || len(b.Recalls) != 1 || b.Outcome != chat.Sent {
		t.Errorf("%s", seal.Body)
	}
}

func TestWhatCannotBeReadHasAReceiptThatSaysSo(t *testing.T) {
	e := chat.Ended{Lane: oneLane, Now: after(1), Damaged: "damaged: the recipients", Message: chat.MessageRecord{ID: 1}, Delivery: chat.Delivery{ID: 1}}
	var c chain
	c.add(t, e)
	r := verify(t, c.export(t))
	line, err := LineOf(c[0], true)
	must(t, err)
	b, err := line.Read()
	if r.Wrong != 0 || err != nil || b.Type != Unreadable || line.Says(b.Reason) != e.Damaged {
		t.Errorf("%s, %+v, %v", told(r), b, err)
	}
}

// isCanonical reports what is not in the canonical form, to the byte.
func isCanonical(text []byte) error {
	if !utf8.Valid(text) {
		return errors.New("it is not UTF-8")
	}
	want, err := recode(text)
	if err == nil && !bytes.Equal(text, want) {
		err = errors.New("it is not in the canonical form")
	}
	return err
}

func TestCanonicalJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"b":1,"a":[true,false,null],"":""}`: `{"":"","a":[true,false,null],"b":1}`,
		` "\u00e9\u2028\u0001\/\n\"\\" `:      "\"é\u2028\\u0001/\\n\\\"\\\\\"",
		`"<&>\u007f"`:                         "\"<&>\u007f\"",
		`-0`:                                  `0`,
		`9007199254740991`:                    `9007199254740991`,
	} {
		got, err := recode([]byte(text))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{`1.5`, `1e3`, `9007199254740992`, `{} {}`, `{`, ``} {
		if got, err := recode([]byte(text)); err == nil {
			t.Errorf("%s: %s", text, got)
		}
	}
	for _, text := range []string{`{"a":1,"a":1}`, `{"b":1,"a":2}`, `"\u00e9"`, `[1, 2]`, "\"\xff\"", "1\n"} {
		if isCanonical([]byte(text)) == nil {
			t.Errorf("%q is taken for canonical", text)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.String()).Draw(t, "texts")
		b, err := canonical(list)
		must(t, err)
		var again []string
		if json.Unmarshal(b, &again) != nil || len(again) != len(list) || isCanonical(b) != nil {
			t.Fatalf("%q", b)
		}
	})
}

func TestTheOrderOfNamesDoesNotSayWhoWasErased(t *testing.T) {
	inOrder := 0
	for range 20 {
		e := ended(t, 1)
		e.Message.To, e.Message.Message.To = chat.Everyone, chat.Everyone
		all := chat.Everyone
		e.Message.Ceiling = &all
		e.Message.Sender = ""
		e.Delivery.Recipients = people(t, "ann", "bo", "cy", "dee")
		e.Tries[0].People = 4
		seal, err := Maker{}.Seal(e)
		must(t, err)
		var o Opened
		must(t, json.Unmarshal(seal.Opened, &o))
		var names, people []string
		for _, v := range o.Names {
			names = append(names, v[1])
		}
		var b Body
		must(t, json.Unmarshal(seal.Body, &b))
		for _, p := range b.People {
			people = append(people, names[p.Name-1])
		}
		if slices.IsSorted(names) || slices.IsSorted(people) {
			inOrder++
		}
	}
	if inOrder > 10 {
		t.Errorf("%d of 20 receipts have their people in the order of their names: who is erased can be found between two others", inOrder)
	}
}
