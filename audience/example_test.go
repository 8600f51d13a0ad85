package audience_test

import (
	"fmt"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

func Example() {
	group, err := audience.NewMembership("@TGS#2QUIZROOM1", chat.Public, []chat.Member{
		{ID: "ann", Role: chat.Owner}, {ID: "bo", Role: chat.Admin}, {ID: "cy", Role: chat.Normal},
	}, time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	rule := chat.Admins.Or(chat.Users("cy", "zoe")) // what a plugin answered
	ceiling := chat.Admins                          // what the operator allows the bot
	for _, d := range audience.Resolve(rule, ceiling, group).Decisions {
		fmt.Println(d.Member.ID, d.In, d.Reason)
	}
	// Output:
	// ann true has role owner
	// bo true has role admin
	// cy false is named, but the bot may only reach owner, admin
	// zoe false is not a member of the group
}
