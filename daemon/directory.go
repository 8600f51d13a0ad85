package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/delivery"
	"github.com/botd-chat/botd/im"
)

// source introduces the client to the directory.
type source struct{ *im.Client }

// Group says what the directory wants to know about a group.
func (s source) Group(ctx context.Context, id chat.GroupID) (audience.Group, error) {
	info, err := s.Client.Group(ctx, id)
	if err != nil {
		return audience.Group{}, err
	}
	return audience.Group{Type: info.Type, Owner: info.Owner, Members: info.Members}, nil
}

// membership introduces the directory of an application to the dispatcher, which
// wants to know whether waiting could help, and which waits with the deliveries
// while the service cannot be reached.
type membership struct {
	directory *audience.Directory
	app       chat.AppName
	gate      *delivery.Gate
	clock     clockwork.Clock
}

// noSuchGroup is how the service says that a group does not exist, or was dissolved
// (product/1047/34348).
const noSuchGroup = 10010

// Read returns the group, or bots.ErrNoGroup when no waiting can mend it.
func (m membership) Read(ctx context.Context, id chat.GroupID, maxAge time.Duration, facts ...chat.Fact) (read chat.Membership, err error) {
	err = m.gate.Through(m.app, func() (asked bool, err error) {
		began := m.clock.Now()
		read, err = m.directory.Read(ctx, id, maxAge, facts...)
		return !read.ReadAt.Before(began), err
	})
	var refused *im.Error
	switch {
	case errors.As(err, &refused) && refused.Code == noSuchGroup:
		return read, fmt.Errorf("%w: %w", bots.ErrGone, err)
	case errors.Is(err, audience.ErrUntargetable),
		errors.As(err, &refused) && refused.Class == im.Permanent:
		return read, fmt.Errorf("%w: %w", bots.ErrNoGroup, err)
	}
	return read, err
}

// readings are those of an application's groups.
func (s *system) readings(name chat.AppName) bots.Directory {
	if app := s.app(name); app != nil {
		return membership{app.directory, name, s.gate, s.clock}
	}
	return noReadings{name}
}

// noReadings are those of an application that is not there any more.
type noReadings struct{ app chat.AppName }

// Read says so.
func (n noReadings) Read(context.Context, chat.GroupID, time.Duration, ...chat.Fact) (chat.Membership, error) {
	return chat.Membership{}, fmt.Errorf("there is no app %q any more", n.app)
}
