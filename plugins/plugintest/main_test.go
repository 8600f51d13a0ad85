package plugintest

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/bots/host"
)

func TestMain(m *testing.M) {
	host.Child(counter, closing, parrot, herald) // this binary is also the isolated plugins
	goleak.VerifyTestMain(m)
}
