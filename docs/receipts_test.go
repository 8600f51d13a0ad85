package docs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/need"
	"github.com/botd-chat/botd/receipts"
)

const (
	receiptsPage   = "receipts.md"
	receiptsFolder = "examples/receipts"
)

// TestThePageOfReceiptsShowsWhatHappens runs each block of commands of the page,
// and compares what they print with the block that follows.
func TestThePageOfReceiptsShowsWhatHappens(t *testing.T) {
	if os.Getenv("UPDATE") != "" {
		must(t, os.WriteFile(filepath.Join(receiptsFolder, "receipts.jsonl"), exported(t), 0o644))
	}
	page, err := os.ReadFile(receiptsPage)
	must(t, err)
	folder, err := filepath.Abs(receiptsFolder)
	must(t, err)
	t.Chdir(t.TempDir())
	must(t, os.CopyFS(".", os.DirFS(folder)))
	shown := regexp.MustCompile("(?ms)^```sh\n([^`]*?)^```\n\n```text\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	if len(shown) != 3 {
		t.Fatalf("the page shows %d examples, not 3", len(shown))
	}
	for _, found := range shown {
		var out strings.Builder
		for line := range strings.Lines(found[1]) {
			line, _, _ = strings.Cut(line, "  #")
			if args := strings.Fields(line); args[0] == "botd" {
				_, text := run(t, args[1:]...)
				out.WriteString(text)
				continue
			}
			text, _ := exec.CommandContext(t.Context(), "sh", "-c", line).CombinedOutput() // what it says is compared
			out.Write(text)
		}
		if got := out.String(); got != found[2] {
			t.Errorf("%s prints\n%s\nand the page says\n%s", found[1], got, found[2])
		}
	}
}

func TestReceiptsCanBeCheckedWithoutBotd(t *testing.T) {
	python := need.Program(t, "python3", "python3")
	whole, err := os.ReadFile(filepath.Join(receiptsFolder, "receipts.jsonl"))
	must(t, err)
	script, err := filepath.Abs(filepath.Join(receiptsFolder, "check.py"))
	must(t, err)
	check := func(text []byte) (string, error) {
		export := filepath.Join(t.TempDir(), "receipts.jsonl")
		must(t, os.WriteFile(export, text, 0o600))
		out, err := exec.CommandContext(t.Context(), python, script, export).CombinedOutput()
		return string(out), err
	}
	if out, err := check(whole); err != nil || !strings.Contains(out, "4 receipts hold") {
		t.Errorf("the example: %v\n%s", err, out)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	for name, text := range map[string][]byte{
		"a body":    bytes.Replace(whole, []byte(`"outcome":"sent"`), []byte(`"outcome":"lost"`), 1),
		"a name":    bytes.Replace(whole, []byte(`"alice"`), []byte(`"malic"`), 1),
		"a removal": bytes.Join([][]byte{lines[0], lines[1], lines[3]}, nil),
		"no line":   nil,
		"no more":   lines[0],
		"a swap":    bytes.Join([][]byte{lines[0], lines[2], lines[1]}, nil),
	} {
		if out, err := check(text); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
}

func TestTheLineOfThePageProvesAText(t *testing.T) {
	need.Program(t, "openssl", "openssl")
	page, err := os.ReadFile(receiptsPage)
	must(t, err)
	line := regexp.MustCompile(`(?m)^printf .*hexkey:KEY$`).FindString(string(page))
	seal, err := receipts.Maker{}.Seal(chat.Ended{Message: chat.MessageRecord{ID: 1, Event: 1, Message: chat.Message{Text: "carol answered B."}}, Delivery: chat.Delivery{ID: 1}})
	must(t, err)
	var b receipts.Body
	must(t, json.Unmarshal(seal.Body, &b))
	out, err := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(line, "KEY", seal.ContentKey, 1)).CombinedOutput()
	if err != nil || b.Sending == nil || !strings.Contains(string(out), b.Content) {
		t.Errorf("%q prints %s (%v), and the receipt has %s", line, out, err, seal.Body)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// given is a chain that an export is made of.
type given []chat.Sealed

// Span is all of it.
func (g given) Span(context.Context, chat.Span, int) ([]chat.Sealed, error) { return g, nil }

// exported makes the example: an answer for the owner and the admins, its
// acknowledgement for the one who answered and was erased later, and one of which nobody
// knew for a while whether it had arrived.
func exported(t *testing.T) []byte {
	t.Helper()
	start := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	group := chat.Membership{Group: "@TGS#2QUIZROOM1", Type: chat.Public, ReadAt: at(0), Members: []chat.Member{
		{ID: "alice", Role: chat.Owner}, {ID: "beth", Role: chat.Admin}, {ID: "bob", Role: chat.Admin}, {ID: "carol", Role: chat.Normal}, {ID: "dave", Role: chat.Normal}}}
	ceiling := chat.Audience{Roles: []chat.Role{chat.Owner, chat.Admin}, Users: []chat.UserID{"carol"}}
	one := func(id, ms int, text string, rule chat.Audience, result chat.Result, outcome chat.Outcome, to ...chat.UserID) chat.Ended {
		people, err := chat.NewRecipients(to)
		must(t, err)
		e := chat.Ended{Lane: "m/main/@TGS#2QUIZROOM1/normal", Now: at(ms + 400), Group: group,
			Event: chat.EventRecord{ID: 1, Trigger: "answers", Kind: chat.Webhook},
			Message: chat.MessageRecord{ID: chat.MessageID(id), Event: 1, App: "main", Bot: "quiz", Group: group.Group, Sender: "carol",
				Message: chat.Message{To: rule, Text: text}, To: rule, Ceiling: &ceiling, Snapshot: group.Hash(), ReadAt: group.ReadAt},
			Delivery: chat.Delivery{ID: chat.DeliveryID(id), Part: 1, Recipients: people, Random: uint32(1000 + id), Status: chat.Done, Outcome: outcome, Ended: at(ms + 60)},
			Tries:    []chat.Attempt{{N: 1, Random: uint32(1000 + id), People: len(to), Began: at(ms), Ended: at(ms + 60), Result: result}}}
		if outcome == chat.Sent {
			e.Delivery.MsgSeq = uint32(40 + id)
		}
		return e
	}
	doubtful := one(3, 900, "The quiz is over.", chat.Admins, chat.Unclear, chat.Unknown, "alice", "beth", "bob")
	doubtful.Delivery.Status, doubtful.Delivery.Reason = chat.Held, "may or may not have been delivered, and is not found in the group's history"
	answered := doubtful
	answered.Before, answered.Now = 3, at(60_000)
	answered.Delivery.Status, answered.Delivery.Outcome, answered.Delivery.Reason = chat.Done, chat.Sent, "said to be sent by kim"
	answered.Acts = []chat.Act{{Target: "d3", What: chat.SaidToBeSent, Who: "kim", At: at(59_000)}}
	var all given
	prev := ""
	for i, e := range []chat.Ended{
		one(1, 250, "carol answered B.", chat.Admins, chat.Yes, chat.Sent, "alice", "beth", "bob"),
		one(2, 300, "Thank you.", chat.Users("carol"), chat.Yes, chat.Sent, "carol"), doubtful, answered,
	} {
		seal, err := receipts.Maker{}.Seal(e)
		must(t, err)
		hash := receipts.Maker{}.Link(e.Lane, int64(i+1), prev, seal.Body)
		seal.Opened = without(t, seal.Opened, "carol")
		all = append(all, chat.Sealed{Lane: e.Lane, N: int64(i + 1), Prev: prev, Hash: hash, Seal: seal})
		prev = hash
	}
	var b bytes.Buffer
	_, err := receipts.Export{Spans: []chat.Span{{Lane: all[0].Lane, First: 1, Last: 4, Picked: 4}}, Picked: "everything", At: at(90_000)}.Write(t.Context(), all, &b)
	must(t, err)
	return b.Bytes()
}

// without is what is beside a body after an erasure.
func without(t *testing.T, text []byte, name string) []byte {
	t.Helper()
	var o receipts.Opened
	must(t, json.Unmarshal(text, &o))
	for i, v := range o.Names {
		if v[1] == name {
			o.Names[i] = nil
		}
	}
	b, err := json.Marshal(o)
	must(t, err)
	return b
}
