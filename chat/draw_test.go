package chat_test

import (
	"strconv"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

// userIDs are few, so that lists repeat and overlap.
var userIDs = rapid.Custom(func(t *rapid.T) chat.UserID {
	return chat.UserID("user" + strconv.Itoa(rapid.IntRange(0, 200).Draw(t, "user")))
})

// recipients are anything from one account to four parts of them.
var recipients = rapid.Custom(func(t *rapid.T) chat.Recipients {
	r, err := chat.NewRecipients(rapid.SliceOfN(userIDs, 1, 200).Draw(t, "ids"))
	if err != nil {
		t.Fatal(err)
	}
	return r
})

// audiences are valid and invalid alike, nested at most that deep.
func audiences(depth int) *rapid.Generator[chat.Audience] {
	return rapid.Custom(func(t *rapid.T) chat.Audience {
		a := chat.Audience{
			Everyone: rapid.Bool().Draw(t, "everyone"),
			Roles:    draw(t, "roles", rapid.SampledFrom([]chat.Role{chat.Owner, chat.Admin, chat.Normal})),
			Users:    draw(t, "users", userIDs),
			Sender:   rapid.Bool().Draw(t, "sender"),
			Except:   draw(t, "except", userIDs),
		}
		if depth > 0 {
			a.AnyOf = draw(t, "any of", audiences(depth-1))
			if rapid.IntRange(0, 2).Draw(t, "narrowed") == 0 {
				within := audiences(depth-1).Draw(t, "within")
				a.Within = &within
			}
		}
		a.Where = rapid.SampledFrom([]string{"", "", "admin"}).Draw(t, "where")
		return a
	})
}

// draw returns up to three values, and nil for none: an empty list and no list
// mean the same and are written the same.
func draw[T any](t *rapid.T, label string, from *rapid.Generator[T]) []T {
	if list := rapid.SliceOfN(from, 0, 3).Draw(t, label); len(list) > 0 {
		return list
	}
	return nil
}
