package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

func bots(o Options) []route {
	return []route{
		{"GET", "/v1/bots/:bot/audience", explain(o.Backend), openapi.Operation{
			Does: "Says whom a bot would reach now, and why", Tag: aboutBots,
			Params: []openapi.Param{botInPath,
				{In: openapi.Query, Name: "group", Is: "", About: "Which of its groups; may be left out if there is one."},
				{In: openapi.Query, Name: "rule", Is: "", About: "An audience as JSON, such as `{\"roles\":[\"owner\",\"admin\"]}`; the bot's own if left out."},
				{In: openapi.Query, Name: "sender", Is: "", About: "Who is to count as the one who caused the event."}},
			Answers: gives("Each member, in or out.", Explanation{}),
			Fails:   map[int]string{http.StatusNotFound: "There is no such bot, or it has no such group.", http.StatusBadGateway: notAsked},
		}},
		{"POST", "/v1/bots/:bot/schedules/:trigger/run", strike(o.Backend), openapi.Operation{
			Does: "Strikes a schedule now, by the way its clock would", Tag: aboutBots,
			Params: []openapi.Param{botInPath, {In: openapi.Path, Name: "trigger", Is: "", About: "The schedule's name in the configuration."}},
			Answers: []openapi.Answer{{Status: http.StatusAccepted, About: "Its events, which are on disk.", Is: chat.Receipt{},
				Headers: []openapi.Param{{Name: "Location", Is: "", About: "Where the first of the events is."}}}},
			Fails: map[int]string{http.StatusNotFound: "There is no such bot, or it has no such schedule."},
		}},
		{"POST", "/v1/bots/:bot/rehearse", rehearse(o.Operator), openapi.Operation{
			Does: "Says what a payload would come to, without storing or sending anything", Tag: aboutBots,
			Params:  []openapi.Param{botInPath},
			Body:    needs(anEvent, append(ofAnEvent, "show_text")...),
			Answers: gives("One rehearsal for each group.", []Rehearsal{}),
			Fails: map[int]string{http.StatusNotFound: "There is no such bot, or it has no such trigger.",
				http.StatusUnprocessableEntity: "The payload does not fit the trigger, or none is named and there are several.", http.StatusBadGateway: notAsked},
		}},
		{"POST", "/v1/bots/:bot/events", makeEvent(o.Operator), openapi.Operation{
			Does: "Makes an event by hand, as a webhook, a schedule or a member who types would", Tag: aboutBots,
			Params: []openapi.Param{botInPath},
			Body:   needs(anEvent, append(ofAnEvent, "again")...),
			Answers: []openapi.Answer{{Status: http.StatusAccepted, Is: chat.Receipt{},
				About:   "Its events, one for each group, which are on disk and say who made them; those of the first time if the same was made within ten minutes, and `again` is not said.",
				Headers: []openapi.Param{{Name: "Location", Is: "", About: "Where the first of the events is."}}}},
			Fails: map[int]string{http.StatusNotFound: "There is no such bot, or it has no such trigger or group.",
				http.StatusUnprocessableEntity: "It does not fit the trigger, or none is named and there are several."},
		}},
		{"POST", "/v1/hooks/:hook/rehearse", tryHook(o.Operator), openapi.Operation{
			Does: "Says what a webhook would come to, without storing or sending anything", Tag: aboutBots,
			Params:  []openapi.Param{{In: openapi.Path, Name: "hook", Is: "", About: "The hook's name, the last part of its address."}},
			Body:    needs(map[string]any{"type": "push", "body": `{"ref":"refs/heads/main"}`}, "type", "media_type", "body", "credential", "show_text"),
			Answers: gives("What the sender would be told, and a rehearsal for each event.", Trial{}),
			Fails:   map[int]string{http.StatusNotFound: "There is no such hook.", http.StatusUnprocessableEntity: "The request cannot be signed as the hook's sender does.", http.StatusBadGateway: notAsked},
		}},
	}
}

func explain(b Backend) echo.HandlerFunc {
	return func(c echo.Context) error {
		var rule *chat.Audience
		if s := c.QueryParam("rule"); s != "" {
			parsed, err := parseRule(s)
			if err != nil {
				return fail(http.StatusBadRequest, err.Error())
			}
			rule = &parsed
		}
		x, err := b.Explain(c.Request().Context(), chat.BotName(c.Param("bot")),
			chat.GroupID(c.QueryParam("group")), rule, chat.UserID(c.QueryParam("sender")))
		if err != nil {
			return fmt.Errorf("explaining the audience: %w", err)
		}
		return c.JSON(http.StatusOK, x)
	}
}

// parseRule is strict: a misspelt "except" that is passed over would widen the
// audience.
func parseRule(s string) (chat.Audience, error) {
	var a chat.Audience
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return a, fmt.Errorf(`rule is an audience as JSON, such as {"roles":["owner","admin"]}: %w`, err)
	}
	if d.More() {
		return a, fmt.Errorf("rule is one audience as JSON; something follows it")
	}
	if err := a.Validate(); err != nil {
		return a, fmt.Errorf("rule: %w", err)
	}
	return a, nil
}

func strike(b Backend) echo.HandlerFunc {
	return func(c echo.Context) error {
		receipt, err := b.Strike(c.Request().Context(), chat.BotName(c.Param("bot")), chat.TriggerName(c.Param("trigger")))
		if err != nil {
			return fmt.Errorf("striking a schedule: %w", err)
		}
		return accepted(c, receipt)
	}
}

// accepted answers with what is on disk now.
func accepted(c echo.Context, receipt chat.Receipt) error {
	if len(receipt.Events) > 0 {
		c.Response().Header().Set("Location", "/v1/events/"+receipt.Events[0].String())
	}
	return c.JSON(http.StatusAccepted, receipt)
}

func rehearse(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, _, err := order(c)
		if err != nil {
			return err
		}
		list, err := o.Rehearse(c.Request().Context(), chat.BotName(c.Param("bot")), in.byHand(), in.ShowText)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, list)
	}
}

func tryHook(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, _, err := order(c)
		if err != nil {
			return err
		}
		sent := Sent{Type: in.Type, MediaType: cmp.Or(in.MediaType, echo.MIMEApplicationJSON), Body: []byte(in.Body), Credential: in.Credential}
		trial, err := o.TryHook(c.Request().Context(), c.Param("hook"), sent, in.ShowText)
		if err != nil {
			return err
		}
		trial.Events = append([]Rehearsal{}, trial.Events...) // [] and not null
		return c.JSON(http.StatusOK, trial)
	}
}
