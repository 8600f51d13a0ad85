package chat_test

import (
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
)

func TestTheTableOfMoves(t *testing.T) {
	type arrow struct {
		of       chat.Thing
		from, to chat.Stand
		by       chat.Mover
	}
	seen, leaves, comes := map[arrow]bool{}, map[chat.Thing]map[chat.Stand]bool{}, map[chat.Thing]map[chat.Stand]bool{}
	for _, of := range chat.Things {
		leaves[of], comes[of] = map[chat.Stand]bool{}, map[chat.Stand]bool{}
	}
	for _, m := range chat.Moves() {
		a := arrow{m.Of, m.From, m.To, m.By}
		switch {
		case seen[a]:
			t.Errorf("twice: %+v", m)
		case m.When == "":
			t.Errorf("nobody knows when: %+v", m)
		case m.To == chat.Stand{Status: chat.Ready} && m.From != m.To && m.From != chat.Stand{}:
			t.Errorf("what ended becomes ready again: %+v", m)
		case m.From.Status == chat.Done && m.By != chat.ByRetention:
			t.Errorf("what is done changes: %+v", m)
		case m.From.Status == chat.Held && m.By != chat.ByOperator && m.To.Outcome != chat.Lapsed:
			t.Errorf("what waits for a person does not wait: %+v", m)
		case (m.To == chat.Stand{}) != (m.By == chat.ByRetention):
			t.Errorf("only retention deletes, and it does nothing else: %+v", m)
		case m.To.Status != "" && (m.To.Status == chat.Ready) != (m.To.Outcome == ""):
			t.Errorf("an outcome is what ended has: %+v", m)
		}
		seen[a] = true
		leaves[m.Of][m.From], comes[m.Of][m.To] = true, true
		if !chat.CanMove(m.Of, m.From, m.To) || !chat.CanMove(m.Of, m.From, m.To, m.By) || chat.CheckMove(m.Of, m.From, m.To, m.By) != nil {
			t.Errorf("it cannot be made: %+v", m)
		}
	}
	for _, of := range chat.Things {
		for s := range comes[of] {
			if !leaves[of][s] {
				t.Errorf("a %s that is %s stays for ever", of, s)
			}
		}
		for s := range leaves[of] {
			if !comes[of][s] {
				t.Errorf("no %s comes to be %s", of, s)
			}
		}
	}
}

func TestAMoveThatThereIsNotIsRefusedInWords(t *testing.T) {
	err := chat.CheckMove(chat.AnEvent, chat.Stand{Status: chat.Done, Outcome: chat.Handled}, chat.Stand{Status: chat.Ready}, chat.ByOperator)
	if err == nil || !strings.Contains(err.Error(), `the operator does not bring an event from "done: handled" to "ready"`) {
		t.Error(err)
	}
	if chat.CanMove(chat.ADelivery, chat.Stand{Status: chat.Held, Outcome: chat.Unknown}, chat.Stand{Status: chat.Done, Outcome: chat.Sent}, chat.ByWorker) {
		t.Error("the worker may say what only a person may")
	}
}

func TestWhoeverAsksForTheMovesCannotChangeThem(t *testing.T) {
	chat.Moves()[0].When = "changed"
	if chat.Moves()[0].When == "changed" {
		t.Error("the table was changed")
	}
}
