package console

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

// How many times of a schedule are told, and moments of a simulation.
const (
	defaultTimes = 10
	maxTimes     = 1000
	defaultSteps = 1000
	maxSteps     = 10000
)

func schedules(o Scheduler) []route {
	const (
		notFound   = "There is no such schedule."
		notPlanned = "Its bot or its trigger is not configured any more, or does not take it."
	)
	in := []openapi.Param{{In: openapi.Path, Name: "id", Is: chat.ScheduleID(0), About: "The schedule."}}
	where := func(more ...openapi.Param) []openapi.Param { return append(in[:1:1], more...) }
	text := openapi.Param{In: openapi.Query, Name: "show_text", Is: false, About: "And what its events bring, of one made by hand, which is content."}
	flag := func(name, about string) openapi.Param {
		return openapi.Param{In: openapi.Query, Name: name, Is: openapi.Schema{"type": "boolean", "default": false}, About: about}
	}
	moment := func(name, about string) openapi.Param {
		return openapi.Param{In: openapi.Query, Name: name, Is: time.Time{}, About: about}
	}
	size := func(name, about string, standard, most int) openapi.Param {
		return openapi.Param{In: openapi.Query, Name: name, About: about, Is: openapi.Schema{"type": "integer", "minimum": 1, "maximum": most, "default": standard}}
	}
	did := gives("It is done, and this is to be known of it.", ScheduleDone{})
	missing := map[int]string{http.StatusNotFound: notFound}
	refused := map[int]string{http.StatusNotFound: notFound, http.StatusConflict: notNow}
	struck := map[int]string{http.StatusNotFound: notFound, http.StatusConflict: notNow, http.StatusUnprocessableEntity: notPlanned, http.StatusBadGateway: notAsked}
	return []route{
		{"GET", "/v1/schedules", listSchedules(o), openapi.Operation{
			Does: "Lists schedules, those of the configuration and those made by hand", Tag: aboutSchedules,
			Params: []openapi.Param{botParam, {In: openapi.Query, Name: "group", Is: "", About: "Only those that name this group; others are for what their trigger says."},
				{In: openapi.Query, Name: "name", Is: "", About: "Only of this name."},
				{In: openapi.Query, Name: "origin", Is: oneOf(chat.FromFile, chat.FromHand), About: "Only from there."},
				flag("late", "Only those of which something should be out, and is not."), flag("paused", "Only those that are paused."),
				flag("gone", "Those that are no more, and no others."),
				{In: openapi.Query, Name: "after", Is: chat.ScheduleID(0), About: "Only what comes after it: `next` of the page before."}, pageParam},
			Answers: gives("A page of them.", SchedulePage{}),
		}},
		{"POST", "/v1/schedules", createSchedule(o), openapi.Operation{
			Does: "Makes a schedule by hand", Tag: aboutSchedules,
			More: "Its events are of a trigger that its bot has, which says what they may do. It goes on over restarts and reloads until it is deleted.",
			Body: needs(map[string]any{"bot": "standup", "name": "friday", "trigger": "say", "payload": map[string]any{"text": "well done"},
				"when": map[string]any{"schedule": "0 17 * * 5", "timezone": "Asia/Seoul"}},
				"bot", "name", "trigger", "when", "payload", "sender", "group", "dry_run", "show_text"),
			Answers: gives("Its id and next times, and whom it would reach now.", ScheduleDone{}),
			Fails: map[int]string{http.StatusNotFound: "There is no such bot, or it has no such trigger or group.", http.StatusConflict: "The bot has a schedule of that name.",
				http.StatusUnprocessableEntity: "Its times make no sense, or its events do not fit the trigger.", http.StatusBadGateway: notAsked},
		}},
		{"GET", "/v1/schedules/simulate", simulate(o), openapi.Operation{
			Does: "Says when schedules would strike in a time, and whom they would reach as of today's membership", Tag: aboutSchedules,
			More: "Nothing is stored and nothing is sent. It goes on as long as there is room in the answer, and says where it ends.",
			Params: []openapi.Param{moment("from", "Left out: now."), moment("to", "Left out: a week after that."), botParam,
				{In: openapi.Query, Name: "schedule", Is: openapi.Schema{"type": "array", "items": openapi.Schema{"type": "string", "pattern": "^s[0-9]+$"}}, About: "Only this one; may stand more than once."},
				flag("each", "Each firing is held against the members, as far as there is room, and not only the first of each schedule and group."),
				flag("show", "And the members, and why they are in or out."), size("limit", "How many steps at most.", defaultSteps, maxSteps)},
			Answers: gives("Its steps.", Simulation{}),
			Fails:   map[int]string{http.StatusNotFound: notFound, http.StatusUnprocessableEntity: "It is too much for one simulation, or ends before it begins.", http.StatusBadGateway: notAsked},
		}},
		{"GET", "/v1/schedules/:id", showSchedule(o), openapi.Operation{
			Does: "Has one schedule, what is to come of it, and what came", Tag: aboutSchedules, Params: where(text),
			Answers: gives("The schedule.", ScheduleHistory{}), Fails: missing,
		}},
		{"GET", "/v1/schedules/:id/firings", listFirings(o), openapi.Operation{
			Does: "Lists the times of a schedule about which something was decided, newest first", Tag: aboutSchedules,
			Params: where(openapi.Param{In: openapi.Query, Name: "outcome", Is: oneOf(chat.FiringOutcomes...), About: "Only those that ended so."},
				moment("from", "Only those that were meant then or later."), moment("to", "Only those that were meant before."),
				openapi.Param{In: openapi.Query, Name: "before", Is: openapi.Schema{"type": "integer", "minimum": 1}, About: "`next` of the page before."}, pageParam),
			Answers: gives("A page of them.", FiringPage{}), Fails: missing,
		}},
		{"GET", "/v1/schedules/:id/next", nextTimes(o), openapi.Operation{
			Does: "Says when a schedule strikes next", Tag: aboutSchedules,
			Params:  where(moment("from", "The first time is then or later; left out, it is now."), size("count", "How many.", defaultTimes, maxTimes)),
			Answers: gives("Its times, and when the clocks change meanwhile.", Outlook{}), Fails: refused,
		}},
		{"POST", "/v1/schedules/:id/pause", pauseSchedule(o), openapi.Operation{
			Does: "Pauses a schedule: its times are left out, and recorded", Tag: aboutSchedules, Params: in,
			Body: takes("until"), Answers: did, Fails: refused,
		}},
		{"POST", "/v1/schedules/:id/resume", resumeSchedule(o), openapi.Operation{
			Does: "Lets a schedule go on after a pause", Tag: aboutSchedules, Params: in, Body: takes(), Answers: did, Fails: refused,
		}},
		{"POST", "/v1/schedules/:id/run", runSchedule(o), openapi.Operation{
			Does: "Strikes a schedule now, by the way its clock would", Tag: aboutSchedules, Params: in,
			More: "Once more within ten minutes is a repeat, which does nothing and says so, unless `again` is said.",
			Body: takes("again", "dry_run", "show_text"), Answers: gives("What was struck, or what would come of it.", ScheduleDone{}), Fails: struck,
		}},
		{"POST", "/v1/schedules/:id/backfill", backfill(o), openapi.Operation{
			Does: "Makes up for times of a schedule that passed and made no events, the oldest first and each once", Tag: aboutSchedules, Params: in,
			Body:    needs(map[string]any{"from": "2026-03-04T00:00:00Z", "to": "2026-03-06T00:00:00Z", "dry_run": true}, "from", "to", "limit", "dry_run"),
			Answers: gives("What was struck, or in a dry run when what would be was meant.", ScheduleDone{}), Fails: struck,
		}},
		{"POST", "/v1/schedules/:id/delete", deleteSchedule(o), openapi.Operation{
			Does: "Deletes a schedule that was made by hand", Tag: aboutSchedules, Params: in, Body: takes(),
			Answers: gives("It strikes no more.", ScheduleDone{}),
			Fails:   map[int]string{http.StatusNotFound: notFound, http.StatusConflict: "It is one of the configuration, or is gone already."},
		}},
	}
}

func listSchedules(o Scheduler) echo.HandlerFunc {
	return func(c echo.Context) error {
		q, err := scheduleQuery(c)
		if err != nil {
			return err
		}
		page, err := o.Schedules(c.Request().Context(), q)
		if err != nil {
			return fmt.Errorf("listing schedules: %w", err)
		}
		page.Schedules = append([]ToldSchedule{}, page.Schedules...) // [] and not null
		return c.JSON(http.StatusOK, page)
	}
}

func scheduleQuery(c echo.Context) (q ScheduleQuery, err error) {
	q = ScheduleQuery{Bot: chat.BotName(c.QueryParam("bot")), Name: chat.TriggerName(c.QueryParam("name")),
		Group: chat.GroupID(c.QueryParam("group")), Origin: chat.ScheduleOrigin(c.QueryParam("origin"))}
	if err = known("origin", q.Origin, chat.FromFile, chat.FromHand); err != nil {
		return q, err
	}
	for name, into := range map[string]*bool{"late": &q.Late, "paused": &q.Paused, "gone": &q.Gone} {
		if *into, err = yesOrNo(c, name); err != nil {
			return q, err
		}
	}
	if q.Limit, err = pageSize(c); err != nil {
		return q, err
	}
	if s := c.QueryParam("after"); s != "" {
		if q.After, err = chat.ParseScheduleID(s); err != nil {
			return q, fail(http.StatusBadRequest, "after: "+err.Error())
		}
	}
	return q, nil
}

func showSchedule(o Scheduler) echo.HandlerFunc {
	return func(c echo.Context) error {
		show, err := yesOrNo(c, "show_text")
		if err != nil {
			return err
		}
		return on(c, chat.ParseScheduleID, func(id chat.ScheduleID) (any, error) {
			h, err := o.Schedule(c.Request().Context(), id, show)
			h.Firings = append([]chat.Firing{}, h.Firings...) // [] and not null
			h.Outlook = wholeOutlook(h.Outlook)
			return h, err
		})
	}
}

// wholeOutlook has [] and not null where there is nothing.
func wholeOutlook(o Outlook) Outlook {
	o.Times, o.Changes = append([]Moment{}, o.Times...), append([]ClockChange{}, o.Changes...)
	return o
}

func listFirings(o Scheduler) echo.HandlerFunc {
	return func(c echo.Context) error {
		q := FiringQuery{Outcome: chat.FiringOutcome(c.QueryParam("outcome"))}
		err := known("outcome", q.Outcome, chat.FiringOutcomes...)
		if err != nil {
			return err
		}
		if q.Limit, err = pageSize(c); err != nil {
			return err
		}
		for name, into := range map[string]*time.Time{"from": &q.From, "to": &q.To} {
			if *into, err = instant(c, name); err != nil {
				return err
			}
		}
		if s := c.QueryParam("before"); s != "" {
			if q.Before, err = strconv.ParseInt(s, 10, 64); err != nil || q.Before < 1 {
				return fail(http.StatusBadRequest, "before is the number that the page before gave as next")
			}
		}
		return on(c, chat.ParseScheduleID, func(id chat.ScheduleID) (any, error) {
			page, err := o.Firings(c.Request().Context(), id, q)
			page.Firings = append([]chat.Firing{}, page.Firings...) // [] and not null
			return page, err
		})
	}
}

func nextTimes(o Scheduler) echo.HandlerFunc {
	return func(c echo.Context) error {
		from, err := instant(c, "from")
		if err != nil {
			return err
		}
		count, err := howMany(c, "count", defaultTimes, maxTimes)
		if err != nil {
			return err
		}
		return on(c, chat.ParseScheduleID, func(id chat.ScheduleID) (any, error) {
			x, err := o.Outlook(c.Request().Context(), id, from, count)
			return wholeOutlook(x), err
		})
	}
}

func simulate(o Scheduler) echo.HandlerFunc {
	return func(c echo.Context) error {
		q := SimulationQuery{Bot: chat.BotName(c.QueryParam("bot"))}
		var err error
		if q.From, err = instant(c, "from"); err != nil {
			return err
		}
		if q.To, err = instant(c, "to"); err != nil {
			return err
		}
		for _, s := range c.QueryParams()["schedule"] {
			id, err := chat.ParseScheduleID(s)
			if err != nil {
				return fail(http.StatusBadRequest, "schedule: "+err.Error())
			}
			q.Schedules = append(q.Schedules, id)
		}
		if q.Each, err = yesOrNo(c, "each"); err != nil {
			return err
		}
		if q.Show, err = yesOrNo(c, "show"); err != nil {
			return err
		}
		if q.Limit, err = howMany(c, "limit", defaultSteps, maxSteps); err != nil {
			return err
		}
		s, err := o.Simulate(c.Request().Context(), q)
		if err != nil {
			return err
		}
		s.Schedules, s.Steps, s.Changes = append([]Simulated{}, s.Schedules...), append([]Step{}, s.Steps...), append([]ClockChange{}, s.Changes...)
		return c.JSON(http.StatusOK, s)
	}
}

func createSchedule(o Scheduler) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c)
		if err != nil {
			return err
		}
		if in.Bot == "" || in.Name == "" || in.Trigger == "" || in.When == nil {
			return fail(http.StatusBadRequest, "say of which bot it is, its name, of which trigger its events are, and when it strikes: "+
				`{"bot":"standup","name":"friday","trigger":"say","when":{"schedule":"0 17 * * 5","timezone":"Asia/Seoul"}}`)
		}
		spec := chat.ScheduleSpec{Bot: in.Bot, Name: in.Name, Timing: in.When.Timing, Lateness: in.When.Lateness,
			Trigger: in.Trigger, Group: in.Group, Sender: in.Sender, Payload: in.Payload}
		d, err := o.CreateSchedule(c.Request().Context(), spec, in.DryRun, in.ShowText, by)
		return scheduled(c, d, err)
	}
}

func pauseSchedule(o Scheduler) echo.HandlerFunc {
	return onSchedule(func(c echo.Context, id chat.ScheduleID, in Order, by chat.By) (ScheduleDone, error) {
		return o.PauseSchedule(c.Request().Context(), id, in.Until, by)
	})
}

func resumeSchedule(o Scheduler) echo.HandlerFunc {
	return onSchedule(func(c echo.Context, id chat.ScheduleID, _ Order, by chat.By) (ScheduleDone, error) {
		return o.ResumeSchedule(c.Request().Context(), id, by)
	})
}

func runSchedule(o Scheduler) echo.HandlerFunc {
	return onSchedule(func(c echo.Context, id chat.ScheduleID, in Order, by chat.By) (ScheduleDone, error) {
		if in.DryRun {
			return o.RehearseSchedule(c.Request().Context(), id, in.ShowText)
		}
		return o.RunSchedule(c.Request().Context(), id, in.Again, by)
	})
}

func backfill(o Scheduler) echo.HandlerFunc {
	return onSchedule(func(c echo.Context, id chat.ScheduleID, in Order, by chat.By) (ScheduleDone, error) {
		if in.From.IsZero() || in.To.IsZero() {
			return ScheduleDone{}, fail(http.StatusBadRequest, `say from when to when: {"from":"2026-03-04T00:00:00Z","to":"2026-03-06T00:00:00Z"}`)
		}
		if in.Limit == 0 {
			in.Limit = MaxBackfill
		}
		if in.Limit < 1 || in.Limit > MaxBackfill {
			return ScheduleDone{}, fail(http.StatusBadRequest, fmt.Sprintf("limit is a number from 1 to %d", MaxBackfill))
		}
		return o.Backfill(c.Request().Context(), id, Backfill{in.From, in.To, in.Limit, in.DryRun}, by)
	})
}

func deleteSchedule(o Scheduler) echo.HandlerFunc {
	return onSchedule(func(c echo.Context, id chat.ScheduleID, _ Order, by chat.By) (ScheduleDone, error) {
		return o.DeleteSchedule(c.Request().Context(), id, by)
	})
}

// onSchedule does something to the schedule in the address.
func onSchedule(f func(echo.Context, chat.ScheduleID, Order, chat.By) (ScheduleDone, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c)
		if err != nil {
			return err
		}
		id, err := chat.ParseScheduleID(c.Param("id"))
		if err != nil {
			return fail(http.StatusBadRequest, err.Error())
		}
		d, err := f(c, id, in, by)
		return scheduled(c, d, err)
	}
}

func scheduled(c echo.Context, d ScheduleDone, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, d)
}
