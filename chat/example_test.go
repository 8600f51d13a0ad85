package chat_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// An audience is a rule. It is written down as it is and becomes people only
// when the message is sent.
func ExampleAudience() {
	scores := chat.Admins.Or(chat.Sender).But("trainee")
	rule, _ := json.Marshal(scores)
	fmt.Println(string(rule))

	// Who the sender was is filled in when the plugin has answered.
	bound, _ := json.Marshal(scores.Bind("cy"))
	fmt.Println(string(bound))

	// A rule that names nobody is an error, never everybody.
	fmt.Println(chat.Audience{}.Validate())
	// Output:
	// {"any_of":[{"roles":["owner","admin"]},{"sender":true}],"except":["trainee"]}
	// {"any_of":[{"roles":["owner","admin"]},{"users":["cy"]}],"except":["trainee"]}
	// the audience names nobody
}

func ExampleAudience_Say() {
	for _, m := range chat.Admins.Say("%s got %d of %d", "cy", 3, 10) {
		fmt.Println(m.To.Roles, m.Text)
	}
	// Output: [owner admin] cy got 3 of 10
}

// What holds for a message is put around what is said.
func ExampleUrgent() {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	door := chat.Collapse("door", chat.Admins.Say("The door has been open for %d minutes.", 7))
	for _, m := range chat.Urgent(chat.Expire(now.Add(10*time.Minute), door)) {
		fmt.Println(m.Priority, m.Expires.Format(time.TimeOnly), m.Collapse, m.Text)
	}
	// Output: high 09:10:00 door The door has been open for 7 minutes.
}

func ExampleAudience_Show() {
	list := chat.Everyone.But("cy").Show(
		chat.Text{Text: "We meet here."},
		chat.Location{Description: "The old bridge", Latitude: 22.54, Longitude: 114.06},
	)
	raw, _ := json.Marshal(list[0].Elements)
	fmt.Println(string(raw), list[0].Validate())
	// Output: [{"text":{"text":"We meet here."}},{"location":{"description":"The old bridge","latitude":22.54,"longitude":114.06}}] <nil>
}

// A message that comes to be for more people than it was meant for is sent to none.
func ExampleAtMost() {
	list := chat.Admins.Say("The codes are in the safe.")
	few := chat.AtMost(5, list)
	fmt.Println(few[0].Limit, list[0].Limit)
	// Output: 5 0
}

func ExampleRecipients() {
	r, err := chat.NewRecipients([]chat.UserID{"cy", "ann", "cy"})
	fmt.Println(r.IDs(), err)

	// Nobody cannot be said: not by a constructor, not by leaving it out.
	_, err = chat.NewRecipients(nil)
	fmt.Println(err)
	_, err = json.Marshal(chat.Recipients{})
	fmt.Println(err != nil)
	// Output:
	// [ann cy] <nil>
	// the list of recipients names nobody
	// true
}

func ExampleRecipients_Keep() {
	r, _ := chat.NewRecipients([]chat.UserID{"ann", "bo"})
	left := map[chat.UserID]bool{"ann": true, "bo": true}
	if _, ok := r.Keep(func(id chat.UserID) bool { return !left[id] }); !ok {
		fmt.Println("nobody is left, so nothing is sent")
	}
	// Output: nobody is left, so nothing is sent
}

func ExampleRecipients_Parts() {
	var ids []chat.UserID
	for n := range 120 {
		ids = append(ids, chat.UserID(fmt.Sprintf("user%03d", n)))
	}
	class, _ := chat.NewRecipients(ids)
	for _, part := range class.Parts() {
		fmt.Println(part.Len(), "from", part.IDs()[0])
	}
	// Output:
	// 50 from user000
	// 50 from user050
	// 20 from user100
}

// A plugin keeps what it remembers in the event's state under typed keys.
func ExampleKey() {
	const scores = chat.Key[map[string]int]("scores")

	state := chat.State{}
	board := scores.Get(state) // nothing yet: the zero value
	if board == nil {
		board = map[string]int{}
	}
	board["cy"]++
	scores.Set(state, board)
	fmt.Println(string(state["scores"]))
	// Output: {"cy":1}
}
