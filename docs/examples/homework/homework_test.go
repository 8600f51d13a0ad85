package homework_test

import (
	"testing"

	"github.com/botd-chat/botd/docs/examples/homework"
	"github.com/botd-chat/botd/plugins/plugintest"
)

func TestWhoSeesWhatAboutHomework(t *testing.T) {
	plugintest.Play(t, homework.Plugin, "homework.chat")
}
