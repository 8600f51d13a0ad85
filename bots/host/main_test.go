package host_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/bots/host"
)

func TestMain(m *testing.M) {
	host.Child(wild) // this binary is also the keeper and the isolated plugin
	goleak.VerifyTestMain(m)
}
