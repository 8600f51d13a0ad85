package chat_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

func TestNoPathMakesRecipientsThatNameNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(rapid.SampledFrom([]chat.UserID{"", "ann", "bo", "cy", "\xff"}), 0, 4).Draw(t, "ids")
		r, err := chat.NewRecipients(ids)
		if err != nil {
			if r.Len() != 0 {
				t.Fatalf("NewRecipients(%q) is an error and still names %q", ids, r.IDs())
			}
			return
		}
		someone(t, "NewRecipients", r)
		for _, part := range r.Parts() {
			someone(t, "Parts", part)
		}
		keep := rapid.SliceOf(rapid.SampledFrom(r.IDs())).Draw(t, "keep")
		if kept, ok := r.Keep(func(id chat.UserID) bool { return slices.Contains(keep, id) }); ok {
			someone(t, "Keep", kept)
		} else if _, err := json.Marshal(kept); !errors.Is(err, chat.ErrNobody) {
			t.Fatalf("what Keep left of nobody is written: %v", err)
		}
	})
}

func someone(t *rapid.T, maker string, r chat.Recipients) {
	t.Helper()
	b, err := json.Marshal(r)
	if r.Len() == 0 || err != nil || len(r.IDs()) != r.Len() || slices.Contains(r.IDs(), "") {
		t.Fatalf("%s made %q, %d of them, as JSON %s (%v)", maker, r.IDs(), r.Len(), b, err)
	}
}

func TestTheZeroValueOfRecipientsIsNeverWritten(t *testing.T) {
	type call struct {
		To   chat.Recipients  `json:"To_Account"`
		Also *chat.Recipients `json:",omitempty"`
	}
	for name, v := range map[string]any{
		"by itself":             chat.Recipients{},
		"by pointer":            &chat.Recipients{},
		"in a struct":           call{},
		"in a pointer's struct": &call{To: must(t, "ann"), Also: &chat.Recipients{}},
		"in a list":             []chat.Recipients{must(t, "ann"), {}},
		"in a delivery":         chat.Delivery{},
	} {
		t.Run(name, func(t *testing.T) {
			if b, err := json.Marshal(v); !errors.Is(err, chat.ErrNobody) {
				t.Errorf("written as %s (%v)", b, err)
			}
		})
	}
}

func TestJSONThatNamesNobodyIsRefused(t *testing.T) {
	for _, in := range []string{
		`[]`, `null`, `[""]`, `["ann",""]`, `[null]`, `["ann",null]`, `[1]`, `1`, `"ann"`, `{}`, `{"ids":["ann"]}`,
		`[["ann"]]`, `true`, `["` + strings.Repeat("u", chat.MaxUserID+1) + `"]`,
	} {
		t.Run(in, func(t *testing.T) {
			was := must(t, "bo")
			r := was
			if err := json.Unmarshal([]byte(in), &r); err == nil {
				t.Errorf("read as %q", r.IDs())
			}
			if !r.Equal(was) {
				t.Errorf("changed to %q by what was refused", r.IDs())
			}
		})
	}
	t.Run("null in a field", func(t *testing.T) {
		var d chat.Delivery
		if err := json.Unmarshal([]byte(`{"recipients":null}`), &d); !errors.Is(err, chat.ErrNobody) {
			t.Errorf("read: %v", err)
		}
	})
	t.Run("a field that is absent leaves what cannot be written", func(t *testing.T) {
		var d chat.Delivery
		if err := json.Unmarshal([]byte(`{"part":1}`), &d); err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(d); !errors.Is(err, chat.ErrNobody) {
			t.Errorf("written: %v", err)
		}
	})
}

func TestRecipientsAreASortedSetOfWhoWasNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(userIDs, 1, 120).Draw(t, "ids")
		given := slices.Clone(ids)
		r, err := chat.NewRecipients(ids)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(ids, given) {
			t.Fatal("the caller's list was rearranged")
		}
		want := slices.Compact(slices.Sorted(slices.Values(given)))
		if !slices.Equal(r.IDs(), want) {
			t.Fatalf("%q became %q", given, r.IDs())
		}
		if id := userIDs.Draw(t, "somebody"); r.Has(id) != slices.Contains(given, id) {
			t.Fatalf("Has(%q) is %v", id, r.Has(id))
		}
	})
}

func TestRecipientsDoNotChangeUnderTheirHolder(t *testing.T) {
	ids := []chat.UserID{"ann", "bo", "cy"}
	r, err := chat.NewRecipients(ids)
	if err != nil {
		t.Fatal(err)
	}
	want := must(t, "ann", "bo", "cy")
	ids[0] = "mallory"
	r.IDs()[0] = "mallory"
	r.Parts()[0].IDs()[0] = "mallory"
	r.Keep(func(id chat.UserID) bool { return id == "cy" })
	if !r.Equal(want) {
		t.Errorf("now %q", r.IDs())
	}
}

func TestPartsAreSmallAndDisjointAndTogetherTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := recipients.Draw(t, "whole")
		var together []chat.UserID
		for _, part := range whole.Parts() {
			if part.Len() < 1 || part.Len() > chat.MaxRecipients {
				t.Fatalf("a part of %d", part.Len())
			}
			together = append(together, part.IDs()...)
		}
		// The whole has each account once, so a part that shares one shows.
		if !slices.Equal(together, whole.IDs()) {
			t.Fatalf("parts hold %q, the whole %q", together, whole.IDs())
		}
		if want := (whole.Len() + chat.MaxRecipients - 1) / chat.MaxRecipients; len(whole.Parts()) != want {
			t.Fatalf("%d recipients in %d parts", whole.Len(), len(whole.Parts()))
		}
	})
}

func TestKeepOnlyEverNarrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := recipients.Draw(t, "recipients")
		stay := rapid.SliceOf(userIDs).Draw(t, "stay")
		kept, ok := r.Keep(func(id chat.UserID) bool { return slices.Contains(stay, id) })
		if ok != (kept.Len() > 0) {
			t.Fatalf("ok is %v for %d", ok, kept.Len())
		}
		for _, id := range r.IDs() {
			if kept.Has(id) != slices.Contains(stay, id) {
				t.Fatalf("%q: kept is %v", id, kept.Has(id))
			}
		}
		for _, id := range kept.IDs() {
			if !r.Has(id) {
				t.Fatalf("%q came in by Keep", id)
			}
		}
	})
}

func TestRecipientsComeBackFromJSONAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := recipients.Draw(t, "recipients")
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back chat.Recipients
		if err := json.Unmarshal(b, &back); err != nil || !back.Equal(r) {
			t.Fatalf("%s came back as %q (%v)", b, back.IDs(), err)
		}
	})
}

func must(t *testing.T, ids ...chat.UserID) chat.Recipients {
	t.Helper()
	r, err := chat.NewRecipients(ids)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
