package delivery

import (
	"context"
	"fmt"

	"github.com/botd-chat/botd/chat"
)

// surgeFloor is for how many people a message may be without anybody being asked,
// whatever the last one was for. From one admin to four is no surge.
const surgeFloor = 10

// surge holds a message that is for many more people than the last of its trigger
// in its group, unless a person approved of that, and else keeps for how many it
// is. What goes only to those whom another did not reach was asked about then, and
// is neither held nor counted; nor is what botd tells reviewers.
func (j *job) surge(ctx context.Context, people int) error {
	if j.bot.Surge != chat.SurgeHold || j.message.Only != nil || j.message.Own {
		return nil
	}
	reason, err := j.grown(ctx, people)
	switch {
	case err != nil:
		return err
	case reason == "":
		j.fresh.People = people
		return nil
	}
	j.fresh.Surge = people
	return j.endAll(chat.Held, chat.Surged, fmt.Sprintf("it is for %d members, and %s; sent to nobody; approve it (botd dlq approve %s), or drop it",
		people, reason, j.message.ID))
}

// grown says why so many people are to be asked about; empty if they are not.
func (j *job) grown(ctx context.Context, people int) (reason string, err error) {
	if people <= surgeFloor {
		return "", nil
	}
	if approved := j.message.Approved; approved > 0 {
		if people > approved {
			reason = fmt.Sprintf("was approved for %d (surge: hold)", approved)
		}
		return reason, nil
	}
	last, err := j.Store.LastRun(ctx, j.message.ID)
	if err != nil {
		return "", fmt.Errorf("reading for how many people the last one was: %w", err)
	}
	return Grown(people, last, j.bot.SurgeFactor), nil
}

// Grown says why a person is asked about a message for so many people, when the
// run before it was that one; empty if nobody is.
func Grown(people int, last chat.Run, factor int) string {
	if people <= surgeFloor || last.People == 0 || people <= factor*last.People {
		return ""
	}
	return fmt.Sprintf("%s, the last of its trigger in this group, was for %d: more than %d times as many (surge: hold, limits: surge_factor)",
		last.Event, last.People, factor)
}
