package callbacks

import (
	"context"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// TakeWithin is how long a [Sink] may take to keep what is told after the fact. The
// service has stopped to wait by then, but most probably will not tell it again.
const TakeWithin = 10 * time.Second

// hear does what a callback asks for. An error says that something was not kept.
func (r *Receiver) hear(ctx context.Context, d *desk, c Callback) (answer, Outcome, error) {
	switch c.Command {
	case BeforeGroupMessage:
		a, out := r.before(ctx, d, c)
		return a, out, nil
	case AfterGroupMessage, RobotInGroup:
		return r.after(ctx, d, c)
	case AfterDirectMessage, RobotDirect:
		if c.Message == nil || d.direct[c.Message.To] == nil {
			return answer{}, Passed, nil
		}
		return r.written(ctx, d, c, d.direct[c.Message.To])
	case MemberJoined, MemberLeft, MemberChanged, OwnerChanged, GroupDestroyed, GroupCreated:
		r.options.Sink.Changed(d.Name, c.Group)
	}
	g := d.rooms[c.Group]
	if c.Change == nil || g == nil || len(g.changes[c.Change.What]) == 0 {
		return answer{}, Passed, nil
	}
	return r.take(ctx, c, g.changes[c.Change.What])
}

// after is about a message of a group that has been shown, or that names a robot.
func (r *Receiver) after(ctx context.Context, d *desk, c Callback) (answer, Outcome, error) {
	g := d.rooms[c.Group]
	if g == nil {
		return answer{}, Passed, nil
	}
	if len(g.hold) > 0 && c.Message.Seq != 0 {
		r.options.Sink.Shown(d.Name, c.Group, c.Message.Seq)
	}
	rules := g.open
	if c.Command == RobotInGroup {
		rules = slices.DeleteFunc(slices.Clone(g.mention), func(r Rule) bool { return !slices.Contains(c.Message.Robots, r.Account) })
	}
	m := *c.Message
	if len(g.holding(&m, r.role(c))) > 0 { // which is for whoever watches for leaks
		if g := d.echo(c); g != "" {
			r.spare(c, g)
		}
		return answer{}, Passed, nil
	}
	return r.written(ctx, d, c, rules)
}

// written is about what is to be read by everybody to whom it was written.
func (r *Receiver) written(ctx context.Context, d *desk, c Callback, rules []Rule) (answer, Outcome, error) {
	rules = opening(rules, *c.Message, r.role(c))
	if len(rules) == 0 {
		return answer{}, Passed, nil
	}
	guard := d.echo(c)
	if guard == "" && c.Message.marked() {
		guard = GuardMark
	}
	if guard != "" {
		r.options.Observe.ignored(d.Name, guard)
		return answer{}, Dropped, nil
	}
	if over := r.caps.over(c, rules, c.Received); over != "" {
		r.options.Observe.capped(d.Name, over)
		r.options.Observe.judged(rules, Dropped)
		return answer{}, Dropped, nil
	}
	return r.take(ctx, c, rules)
}

func (r *Receiver) take(ctx context.Context, c Callback, rules []Rule) (answer, Outcome, error) {
	// The service hangs up after two seconds, which is no reason to give up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), TakeWithin)
	defer cancel()
	if err := r.options.Sink.Take(ctx, c, rules); err != nil {
		r.options.Observe.judged(rules, Failed)
		return answer{}, Failed, err
	}
	r.options.Observe.judged(rules, Taken)
	return answer{}, Taken, nil
}

// role is who somebody is in a callback's group, as far as is known without asking.
func (r *Receiver) role(c Callback) role {
	return func(u chat.UserID) (chat.Role, bool) { return r.options.Roles(c.App, c.Group, u) }
}

// spare remembers a message that a guard lets pass, where the history would not show why.
func (r *Receiver) spare(c Callback, g Guard) {
	r.options.Observe.ignored(c.App, g)
	if c.Message.Via == chat.ViaGroup && (g == GuardREST || g == GuardAdministrator) {
		r.spared.add(c.Key(""))
	}
}
