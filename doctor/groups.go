package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/im"
)

// mostRead is in how many groups of an application the members are read: a large
// installation is told the rest by its metrics.
const mostRead = 50

// reading is what is known of a group.
type reading struct {
	info    im.GroupInfo
	members []chat.Member // nil where they were not read
	err     error
}

// groups looks at the groups of each bot: whether they are there, whether messages can
// be targeted in them, and whether there is anybody for whom the bot speaks.
func (s Service) groups(ctx context.Context, client *im.Client) (list []Finding) {
	const check = "groups"
	read, err := s.readGroups(ctx, client)
	if err != nil {
		return []Finding{unknown(check, later, "%s: the groups could not be read: %v", s.path(), err)}
	}
	for _, b := range s.Config.Bots {
		if b.App != s.App.Name {
			continue
		}
		var found []Finding
		for _, g := range b.Groups {
			found = append(found, judgeGroup(check, b, g, read[g])...)
		}
		if len(found) == 0 {
			found = append(found, well(check, "bots.%s: %s", b.Name, summary(b, read)))
		}
		list = append(list, found...)
	}
	return list
}

func (s Service) readGroups(ctx context.Context, client *im.Client) (map[chat.GroupID]reading, error) {
	var ids []chat.GroupID
	facts := map[chat.GroupID]chat.Facts{} // what the bots' audiences ask about members
	for _, b := range s.Config.Bots {
		if b.App != s.App.Name {
			continue
		}
		ids = append(ids, b.Groups...)
		for _, g := range b.Groups {
			facts[g] = chat.NewFacts(append(facts[g], audience.Facts(b.Audience)...)...)
		}
	}
	slices.Sort(ids)
	results, err := client.Groups(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	read := map[chat.GroupID]reading{}
	for i, r := range results {
		is := reading{info: r.Info, err: r.Err}
		if r.Err == nil && r.Info.Type.Targetable() && i < mostRead {
			is.members, is.err = client.Profiles(ctx, r.ID, facts[r.ID])
		}
		read[r.ID] = is
	}
	return read, nil
}

// judgeGroup is what is wrong with a group of a bot.
func judgeGroup(check string, b config.Bot, g chat.GroupID, is reading) (list []Finding) {
	name := fmt.Sprintf("bots.%s: the group %q", b.Name, g)
	if e, ok := errors.AsType[*im.Error](is.err); ok {
		return append(list, unread(check, name, e))
	}
	if !is.info.Type.Targetable() {
		return append(list, wrong(check, "name a Work, Public or Meeting group instead; the service shows a message in any other to everybody, so botd sends none there",
			"%s is of type %s, in which no message can be for some members alone", name, is.info.Type))
	}
	if is.members == nil {
		return list
	}
	rule := b.Audience.Bind("")
	if m, err := audience.NewMembership(g, is.info.Type, is.members, time.Now()); err != nil {
		list = append(list, wrong(check, "look at the group in the service's console", "%s has members of whom it is not clear what they are: %v", name, err))
	} else if _, somebody := audience.Resolve(rule, rule, m).Recipients(); !somebody && !rule.IsNobody() {
		list = append(list, wrong(check, nobodyRemedy(is.info.Type), "%s has nobody now in the audience of the bot (%s), so its messages end there", name, audience.Describe(b.Audience)))
	}
	mentioned := slices.ContainsFunc(b.Triggers, func(t config.Trigger) bool { return t.Callback != nil && t.Callback.Via == chat.ViaMention })
	if mentioned && !slices.ContainsFunc(is.members, func(m chat.Member) bool { return m.ID == b.Account }) {
		list = append(list, wrong(check, fmt.Sprintf("add %s to the group, by the service's console or add_group_member", b.Account),
			"%s does not have the bot's robot %s as a member, so nobody can name it there", name, b.Account))
	}
	return list
}

func nobodyRemedy(t chat.GroupType) string {
	if t == chat.Work {
		return "a Work group has an owner and no admins: see that it has its owner, or name others in audience"
	}
	return "give the group an owner or admins, or name others in audience"
}

// unread is why a group could not be read.
func unread(check, name string, e *im.Error) Finding {
	switch {
	case e.Code == 10010 || e.Code == 10015:
		return wrong(check, "correct its id, or take it out of groups; a group that was dissolved does not come back", "%s does not exist in this application", name)
	case e.Class == im.Permanent || e.Class == im.Configuration:
		return wrong(check, "see what the code says, and whether the group belongs to this application", "%s cannot be read: %v", name, e)
	}
	return unknown(check, later, "%s could not be read: %v", name, e)
}

// summary says of what types a bot's groups are.
func summary(b config.Bot, read map[chat.GroupID]reading) string {
	var types []string
	members := 0
	for _, g := range b.Groups {
		types = append(types, string(read[g].info.Type))
		members += read[g].info.Members
	}
	slices.Sort(types)
	text := fmt.Sprintf("%d of type %s with %d members", len(b.Groups), strings.Join(slices.Compact(types), ", "), members)
	if len(b.Groups) == 1 {
		return "its group is there, " + text[2:]
	}
	return "its groups are there, " + text
}
