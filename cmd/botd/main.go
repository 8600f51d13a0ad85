// Command botd is the bot daemon with the plugins that come with it. A team
// that wants its own plugins compiled in writes a main like this one.
package main

import (
	"github.com/botd-chat/botd/daemon"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/plugins/oncall"
	"github.com/botd-chat/botd/plugins/poll"
	"github.com/botd-chat/botd/plugins/quiz"
	"github.com/botd-chat/botd/plugins/relay"
	"github.com/botd-chat/botd/plugins/rules"
	"github.com/botd-chat/botd/plugins/welcome"
)

func main() {
	daemon.Main(
		notice.Plugin,
		oncall.Plugin,
		poll.Plugin,
		quiz.Plugin,
		relay.Plugin,
		rules.Plugin,
		welcome.Plugin,
	)
}
