package host_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/bots/host"
)

func TestMain(m *testing.M) {
	host.Child(wild) // this binary is also the keeper and the isolated plugin
	if os.Getenv(standIn) != "" {
		standInForBotd()
	}
	goleak.VerifyTestMain(m)
}
