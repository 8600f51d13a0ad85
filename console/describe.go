package console

import (
	"maps"
	"net/http"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
	"github.com/botd-chat/botd/problem"
)

// The names under which routes stand together.
const (
	aboutEvents    = "Events"
	aboutWaiting   = "What waits for a person"
	aboutMessages  = "Messages and deliveries"
	aboutBots      = "Bots"
	aboutSchedules = "Schedules"
	aboutReceipts  = "Receipts"
	aboutTyped     = "What members write"
	aboutStore     = "The store"
	aboutProcess   = "The process"
)

// API is what the admin listener answers, for its document.
func API() openapi.API {
	api := openapi.API{
		Title: "botd: the admin listener",
		About: "What is flowing, what is stuck and why, and what a person can do about it. The commands of botd ask here. " +
			"Whoever calls names the listener by `localhost`, a loopback address or the host that it was configured with.\n\n" +
			"An answer may have more fields in a later version: pass over those that you do not know. " +
			"Of what is sent here, a field or a parameter that is not described is refused with 400, since a filter that is passed over picks too much.",
		Tags: []openapi.Tag{
			{Name: aboutEvents, About: "What arrived, and all that came of it."},
			{Name: aboutWaiting, About: "Events and messages that are held or dead."},
			{Name: aboutMessages, About: "What plugins answered with, and its way to people."},
			{Name: aboutBots, About: "Whom bots reach; trying them out, stopping them."},
			{Name: aboutSchedules, About: "When notices go out by the clock: what came of each time and what is to come, and what a person can do about it."},
			{Name: aboutTyped, About: "What the chat service tells of it, and what others saw although it was to be held."},
			{Name: aboutReceipts, About: "What can be proved to others, without what was said."},
			{Name: aboutStore, About: "Copies of it, and taking one person's data out."},
			{Name: aboutProcess, About: "Health, version, metrics and profiles."},
		},
		Problem: problem.Details{},
		Bearer:  "The admin token: `listen.admin_token_file`, or the file that botd writes beside its store.",
		Headers: map[int][]openapi.Param{
			http.StatusUnauthorized:     {{Name: "WWW-Authenticate", Is: "", About: "Asks for a bearer token."}},
			http.StatusMethodNotAllowed: {{Name: "Allow", Is: "", About: "The methods that there are."}},
		},
	}
	for _, r := range routes(Options{}) {
		api.Routes = append(api.Routes, openapi.Route{Method: r.method, Path: r.path, Operation: withFailures(r.Operation)})
	}
	return api
}

// withFailures adds what is refused everywhere, or wherever there is a token or
// a body. A route that says something of its own is left with that.
func withFailures(o openapi.Operation) openapi.Operation {
	all := map[int]string{
		http.StatusForbidden:           "A page of another site sent it.",
		http.StatusMisdirectedRequest:  "The listener was called by a host name that is not its own.",
		http.StatusInternalServerError: "botd made a mistake, and its log says more.",
	}
	if !o.Open {
		all[http.StatusUnauthorized] = "The token is missing or wrong."
		all[http.StatusBadRequest] = "A parameter is unknown, or is not what it should be."
	}
	if o.Body != nil {
		all[http.StatusBadRequest] = "A parameter or a field is unknown, or is not what it should be."
		all[http.StatusRequestEntityTooLarge] = "The body is larger than 2 MiB."
		all[http.StatusUnsupportedMediaType] = "The body is not said to be JSON."
	}
	maps.Copy(all, o.Fails)
	o.Fails = all
	return o
}

// takes describes the body of an order by those of its fields that count; who
// acts, and why, may stand in each.
func takes(fields ...string) *openapi.Body {
	return &openapi.Body{
		About: "An order. No body at all is the order without any field.", Is: Order{}, Fields: append(fields, "as", "reason"),
	}
}

// needs describes an order that has to say something.
func needs(example map[string]any, fields ...string) *openapi.Body {
	b := takes(fields...)
	b.About, b.Required, b.Example = "An order.", true, example
	return b
}

// gives describes an answer of 200 with a value like this one.
func gives(about string, is any) []openapi.Answer {
	return []openapi.Answer{{Status: http.StatusOK, About: about, Is: is}}
}

// The parameters that several routes have.
var (
	eventInPath    = openapi.Param{In: openapi.Path, Name: "id", Is: chat.EventID(0), About: "The event."}
	messageInPath  = openapi.Param{In: openapi.Path, Name: "id", Is: chat.MessageID(0), About: "The message."}
	deliveryInPath = openapi.Param{In: openapi.Path, Name: "id", Is: chat.DeliveryID(0), About: "The delivery."}
	timerInPath    = openapi.Param{In: openapi.Path, Name: "id", Is: chat.TimerID(0), About: "The timer."}
	botInPath      = openapi.Param{In: openapi.Path, Name: "bot", Is: "", About: "The bot's name in the configuration."}

	botParam     = openapi.Param{In: openapi.Query, Name: "bot", Is: "", About: "Only of this bot."}
	groupParam   = openapi.Param{In: openapi.Query, Name: "group", Is: "", About: "Only of this group."}
	triggerParam = openapi.Param{In: openapi.Query, Name: "trigger", Is: "", About: "Only of this trigger."}
	pageParam    = openapi.Param{In: openapi.Query, Name: "limit", About: "How many at most.",
		Is: openapi.Schema{"type": "integer", "minimum": 1, "maximum": maxPage, "default": defaultPage}}
)

func oneOf[T ~string](have ...T) openapi.Schema {
	return openapi.Schema{"type": "string", "enum": have}
}

// Why something is not found or cannot be done, as several routes tell it.
const (
	noSuchBot      = "There is no such bot."
	noSuchEvent    = "There is no such event; what is over is deleted after a time."
	noSuchMessage  = "There is no such message; what is over is deleted after a time."
	noSuchDelivery = "There is no such delivery; what is over is deleted after a time."
	notNow         = "It cannot be done to it as it stands; the detail says how that is."
	notAsked       = "The chat service could not be asked who is in the group."
)
