package receipts

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

func TestAnExportIsWhole(t *testing.T) {
	c := three(t)
	r := verify(t, c.export(t), c.heads()...)
	if r.Wrong != 0 || r.Receipts != 4 || r.Deliveries != 4 || r.People != 8 || r.Erased != 0 || len(r.Chains) != 2 || r.Chains[0].Noted != 3 || r.Chains[1].Noted != 1 {
		t.Errorf("%+v", r)
	}
	if r := verify(t, (chain{}).export(t)); r.Wrong != 0 || len(r.Chains) != 0 {
		t.Errorf("of nothing: %+v", r)
	}
	if r := verify(t, nil); r.Wrong != 1 {
		t.Errorf("an empty file: %+v", r)
	}
}

// edit changes the lines of an export, of which the first is the header.
func edit(text []byte, f func(lines []string) []string) []byte {
	lines := strings.SplitAfter(string(text), "\n")
	return []byte(strings.Join(f(lines[:len(lines)-1]), ""))
}

func TestWhatWasDoneToAnExportIsTold(t *testing.T) {
	whole := three(t).export(t)
	for _, c := range []struct {
		name string
		f    func([]string) []string
		want string
	}{
		{"changed", func(l []string) []string {
			l[2] = strings.Replace(l[2], `"outcome":"sent"`, `"outcome":"lost"`, 1)
			return l
		}, "line 3: changed: receipt 2 of lane " + oneLane + " has the hash"},
		{"removed", func(l []string) []string { return append(l[:2:2], l[3:]...) }, "missing: receipt 2 of lane " + oneLane + " is not there"},
		{"removed at the beginning", func(l []string) []string { return append(l[:1:1], l[2:]...) }, "missing: receipt 1 of lane " + oneLane + " is not there"},
		{"several removed", func(l []string) []string { return append(l[:1:1], l[3:]...) }, "missing: receipt 1 of lane " + oneLane + " is not there, nor are those up to 2"},
		{"removed at the end", func(l []string) []string { return append(l[:3:3], l[4:]...) }, "missing: lane " + oneLane + " ends with receipt 2, and the header says 3"},
		{"a lane removed", func(l []string) []string { return l[:4] }, "missing: lane m/main/@TGS#2/normal has no receipts here, and the header has 1 to 1"},
		{"swapped", func(l []string) []string { l[1], l[2] = l[2], l[1]; return l }, "line 3: out of order: receipt 1 of lane " + oneLane + " stands in the wrong place"},
		{"lanes mixed", func(l []string) []string { l[3], l[4] = l[4], l[3]; return l }, "line 5: out of order: receipt 3 of lane " + oneLane + " stands among those of another lane"},
		{"twice", func(l []string) []string { return append(l[:3:3], l[2:]...) }, "line 4: twice: receipt 2 of lane " + oneLane + " is there already"},
		{"without a header", func(l []string) []string { return l[1:] }, "line 1: changed: it is not the first line of an export"},
		{"cut in a line", func(l []string) []string { l[4] = l[4][:40]; return l }, "line 5: changed: it cannot be read"},
		{"the last line feed gone", func(l []string) []string { l[4] = strings.TrimSuffix(l[4], "\n"); return l }, "line 5: changed: it cannot be read"},
		{"spaces", func(l []string) []string { l[1] = strings.Replace(l[1], ":", ": ", 1); return l }, "line 2: changed: it cannot be read: it is not in the canonical form"},
		{"a name replaced", func(l []string) []string { l[1] = strings.Replace(l[1], `"ann"`, `"eve"`, 1); return l }, "of its names is not what was sealed"},
		{"a receipt of an unknown lane", func(l []string) []string { return append(l, strings.Replace(l[4], "@TGS#2", "@TGS#3", 1)) }, "is of a lane that the header does not have"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := told(verify(t, edit(whole, c.f))); !strings.Contains(got, c.want) {
				t.Errorf("no %q in:\n%s", c.want, got)
			}
		})
	}
}

// Whoever can write the store can make all of a chain anew. Only what was noted
// elsewhere tells.
func TestAChainThatWasMadeAnewIsFoundByANotedHead(t *testing.T) {
	truth, lie := three(t), chain{}
	heads := truth.heads()
	e := ended(t, 2)
	e.Delivery.MsgSeq = 18
	lie.add(t, ended(t, 1), e, ended(t, 3))
	if r := verify(t, lie.export(t)); r.Wrong != 0 {
		t.Fatalf("it does not look well: %s", told(r))
	}
	got := told(verify(t, lie.export(t), heads[0]))
	if !strings.Contains(got, "its noted head is") || !strings.Contains(got, "the chain was made anew") {
		t.Errorf("%s", got)
	}
	got = told(verify(t, truth[:2].export(t), heads[0]))
	if !strings.Contains(got, "cut off: lane "+oneLane+" ends with receipt 2, and the noted head is 3") {
		t.Errorf("%s", got)
	}
	if got := told(verify(t, truth[:3].export(t), heads[1])); !strings.Contains(got, "missing: lane m/main/@TGS#2/normal is not in the file") {
		t.Errorf("%s", got)
	}
}

func TestAChainThatWasCutAtItsBeginningGoesOnFromWhereItWas(t *testing.T) {
	c := three(t)
	var b bytes.Buffer
	_, err := Export{Spans: c[1:3].spans(2), Picked: "what is left", At: after(0)}.Write(t.Context(), c, &b)
	must(t, err)
	noted := []chat.Head{{Lane: oneLane, N: 1, Hash: c[0].Hash}, {Lane: oneLane, N: 3, Hash: c[2].Hash}}
	r := verify(t, b.Bytes(), noted...)
	if r.Wrong != 0 || r.Chains[0].First != 2 || r.Chains[0].After != c[0].Hash || r.Chains[0].Noted != 3 {
		t.Errorf("%+v", r)
	}
	noted[0].Hash = c[1].Hash
	if r := verify(t, b.Bytes(), noted[0]); r.Wrong != 1 {
		t.Errorf("with a head that it does not go on from: %+v", r)
	}
	_, err = Export{Spans: c[2:3].spans(3), Picked: "what is left", At: after(0)}.Write(t.Context(), c, &b)
	must(t, err)
}

func TestWhatWasNotAskedForIsOnlyAHash(t *testing.T) {
	c := three(t)
	var b bytes.Buffer
	spans := c[:3].spans(1)
	spans[0].Picked = 2
	n, err := Export{Spans: spans, Shows: func(s *chat.Sealed) bool { return s.N != 2 }, At: after(0)}.Write(t.Context(), c, &b)
	must(t, err)
	r := verify(t, b.Bytes(), c.heads()[0])
	if n != 2 || r.Wrong != 0 || r.Receipts != 2 || r.Withheld != 1 {
		t.Errorf("%d, %+v", n, r)
	}
	if line := strings.SplitAfter(b.String(), "\n")[2]; strings.Contains(line, "body") || strings.Contains(line, "ann") {
		t.Errorf("it says %s", line)
	}
	hidden := edit(b.Bytes(), func(l []string) []string {
		line, err := LineOf(c[0], false)
		must(t, err)
		text, err := canonical(line.without())
		must(t, err)
		l[1] = string(text) + "\n"
		return l
	})
	if got := told(verify(t, hidden)); !strings.Contains(got, "shows 1 receipts, and the header says 2") {
		t.Errorf("one more that is hidden: %s", got)
	}
}

// draw makes some chains.
func draw(t *rapid.T) chain {
	var c chain
	for i := range rapid.IntRange(1, 6).Draw(t, "receipts") {
		e := ended(t, i+1)
		e.Lane = rapid.SampledFrom([]string{oneLane, "m/main/@TGS#2/high", "m/b/ü\u2028\"=\\/low"}).Draw(t, "lane")
		e.Delivery.Reason = rapid.String().Draw(t, "reason")
		e.Message.Message.Text = rapid.String().Draw(t, "text")
		e.Message.Sender = chat.UserID(rapid.StringN(0, 8, 32).Draw(t, "sender"))
		e.Message.Group = chat.GroupID(rapid.String().Draw(t, "group"))
		c.add(t, e)
	}
	return c
}

// One change, whatever it is, is found. That names are left out is none: it is
// what an erasure does, and is counted.
func TestAnyOneChangeOfAnExportIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := draw(t)
		text := c.export(t)
		if r := verify(t, text, c.heads()...); r.Wrong != 0 {
			t.Fatalf("before: %s", told(r))
		}
		changed := edit(text, func(l []string) []string {
			i := rapid.IntRange(0, len(l)-1).Draw(t, "line")
			switch rapid.SampledFrom([]string{"byte", "byte gone", "byte more", "removal", "swap", "copy", "cut"}).Draw(t, "change") {
			case "byte":
				k := rapid.IntRange(0, len(l[i])-1).Draw(t, "at")
				b := []byte(l[i])
				b[k] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
				l[i] = string(b)
			case "byte gone":
				k := rapid.IntRange(0, len(l[i])-1).Draw(t, "at")
				l[i] = l[i][:k] + l[i][k+1:]
			case "byte more":
				k := rapid.IntRange(0, len(l[i])).Draw(t, "at")
				l[i] = l[i][:k] + string(rune(rapid.IntRange(1, 127).Draw(t, "byte"))) + l[i][k:]
			case "removal":
				l = append(l[:i:i], l[i+1:]...)
			case "swap":
				j := (i + rapid.IntRange(1, len(l)-1).Draw(t, "with")) % len(l)
				l[i], l[j] = l[j], l[i]
			case "copy":
				j := rapid.IntRange(0, len(l)).Draw(t, "to")
				l = append(l[:j:j], append([]string{l[i]}, l[j:]...)...)
			case "cut":
				l = l[:i]
			}
			return l
		})
		if r := verify(t, changed); r.Wrong == 0 {
			t.Fatalf("nobody saw it:\n%s\n%s", text, changed)
		}
	})
}

func TestAnExportNeverBreaksTheVerifier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := draw(t).export(t)
		lines := strings.SplitAfter(string(text), "\n")
		for range rapid.IntRange(1, 5).Draw(t, "changes") {
			i := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
			from := rapid.SampledFrom([]string{`"n":`, `"name":`, `"first":`, `"names":`, `"body":`, `"people":`, `1`, `null`, `[`}).Draw(t, "from")
			to := rapid.SampledFrom([]string{`"n":9007199254740991`, `"name":-`, `"first":-1`, `"names":null`, `"body":null`, `"people":[]`, `0`, `{}`, `[[`}).Draw(t, "to")
			lines[i] = strings.Replace(lines[i], from, to, 1)
		}
		_, _ = Verify(strings.NewReader(strings.Join(lines, "")), nil)
	})
}
