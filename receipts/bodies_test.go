package receipts

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// bodied is part n of a message that says something else to each of ann, bo and cy, and
// something to all others.
func bodied(t tester, n, rendering int, to ...chat.UserID) chat.Ended {
	t.Helper()
	e := ended(t, n)
	e.Message.ID, e.Delivery.Message, e.Delivery.Part = 1, 1, n
	all := chat.Everyone
	e.Message.Message = chat.Rather(chat.Everyone.Say("for the rest"), chat.Owners.Say("for the owner"), chat.Users("bo", "cy").But("dee").Say("for bo and cy"), chat.Admins.Say("for admins"))[0]
	e.Message.To, e.Message.Ceiling = e.Message.Message.To, &all
	e.Delivery.Rendering, e.Delivery.Recipients, e.Tries[0].People = rendering, people(t, to...), len(to)
	return e
}

func read(t tester, s chat.Sealed) (Line, Body) {
	t.Helper()
	line, err := LineOf(s, true)
	must(t, err)
	b, err := line.Read()
	must(t, err)
	return line, b
}

func TestAReceiptSaysWhichBodyItWasAndNothingOfTheOthers(t *testing.T) {
	var c chain
	c.add(t, bodied(t, 1, 0, "dee"), bodied(t, 2, 1, "ann"), bodied(t, 3, 2, "bo", "cy"))
	if r := verify(t, c.export(t), c.heads()...); r.Wrong != 0 {
		t.Errorf("%s", told(r))
	}
	for i, want := range []struct{ rendering, rendered, rather, text string }{
		{`"rendering":0,`, "", `"rather":[{"roles":["owner"]},{"roles":["owner","admin"]}]`, "for the rest"},
		{`"rendering":1,`, `"rendered_for":{"roles":["owner"]}`, "", "for the owner"},
		{`"rendering":2,`, `"rendered_for":{"users":[`, `"rather":[{"roles":["owner"]}]`, "for bo and cy"},
	} {
		body := string(c[i].Body)
		for _, text := range []string{want.rendering, want.rendered, want.rather} {
			if !strings.Contains(body, text) {
				t.Errorf("receipt %d has no %s: %s", i+1, text, body)
			}
		}
		if want.rather == "" && strings.Contains(body, "rather") || want.rendered == "" && strings.Contains(body, "rendered_for") {
			t.Errorf("receipt %d has too much: %s", i+1, body)
		}
		line, b := read(t, c[i])
		key, err := hex.DecodeString(line.Keys.Content)
		must(t, err)
		content, err := Content([]chat.Element{{Text: &chat.Text{Text: want.text}}})
		must(t, err)
		if keyed(key, content) != b.Content {
			t.Errorf("receipt %d is not of %q", i+1, want.text)
		}
	}
}

// There may be hundreds of people, each with a body of their own.
func TestAReceiptNamesNobodyElseWhoGotAnotherBody(t *testing.T) {
	var ids []chat.UserID
	e := ended(t, 1)
	e.Group.Members = nil
	for i := range chat.MaxRenderings {
		id := chat.UserID(fmt.Sprintf("member%03d", i))
		ids = append(ids, id)
		e.Group.Members = append(e.Group.Members, chat.Member{ID: id, Role: chat.Normal})
	}
	all := chat.Everyone
	e.Message.Sender, e.Message.Ceiling = "", &all
	e.Message.Message = chat.Each(ids, func(id chat.UserID) string { return "for " + string(id) })[0]
	e.Message.To = e.Message.Message.To
	only := people(t, ids[7], ids[8], ids[9])
	e.Message.Only = &only
	e.Delivery.Rendering, e.Delivery.Recipients, e.Tries[0].People = 8, people(t, ids[7]), 1
	var c chain
	c.add(t, e)
	if r := verify(t, c.export(t)); r.Wrong != 0 {
		t.Errorf("%s", told(r))
	}
	if line, b := read(t, c[0]); len(b.Names) != 1 || line.Who(1) != ids[7] || len(c[0].Body) > 2000 {
		t.Errorf("%d bytes: %s", len(c[0].Body), c[0].Body)
	}
}

func TestABodyThatWasForSomebodyElseIsTold(t *testing.T) {
	for _, c := range []struct {
		name, want string
		e          chat.Ended
	}{
		{"of a body before", `is for "bo", who is a member, and everyone is addressed, but was to get another text of the message, or none`, bodied(t, 1, 3, "bo")},
		{"of the message's own", `is for "ann", who is a member, and everyone is addressed, but was to get another text`, bodied(t, 1, 0, "ann", "dee")},
		{"of one that is not for them", `is for "dee", who is a member, and everyone is addressed, but was to get another text`, bodied(t, 1, 1, "dee")},
	} {
		var made chain
		made.add(t, c.e)
		if got := told(verify(t, made.export(t))); !strings.Contains(got, c.want) {
			t.Errorf("%s: no %q in:\n%s", c.name, c.want, got)
		}
		made[0].Opened = allErased(t, made[0])
		if got := told(verify(t, made.export(t))); !strings.Contains(got, "(erased)") {
			t.Errorf("%s: when it is erased:\n%s", c.name, got)
		}
	}
}

// Whether somebody met the condition of another body cannot be said once it is erased.
func TestAConditionOfAnotherBodyCountsWhileItIsThere(t *testing.T) {
	var c chain
	e := bodied(t, 1, 3, "bo")
	e.Message.Message.Renderings[1].To = chat.Everyone
	e.Message.Message.Renderings[1].To.Where = `id == "bo"`
	c.add(t, e)
	if got := told(verify(t, c.export(t))); !strings.Contains(got, "another text") {
		t.Errorf("%s", got)
	}
	c[0].Opened = allErased(t, c[0])
	if got := told(verify(t, c.export(t))); got != "" {
		t.Errorf("when it is erased:\n%s", got)
	}
	c = nil
	e.Message.Message.Renderings[1].To.Where = `id == "cy"`
	c.add(t, e)
	if got := told(verify(t, c.export(t))); got != "" {
		t.Errorf("%s", got)
	}
}
