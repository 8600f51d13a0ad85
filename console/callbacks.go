package console

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

// CallbackList is the answer of GET /v1/callbacks.
type CallbackList struct {
	Since time.Time      `json:"since"` // when botd began to count
	Apps  []AppCallbacks `json:"apps"`  // those that are to be told of, in the order of the configuration
	// Refused are the requests that were not believed, or not understood, by why: a
	// console that is set wrongly, or a stranger.
	Refused []RefusedCallbacks `json:"refused"`
}

// AppCallbacks is what an application of the chat service has told.
type AppCallbacks struct {
	App  chat.AppName `json:"app"`
	Path string       `json:"path"` // without its secret part
	// Commands are those that came, by name. One that is missing was never told of,
	// or is not switched on in the service's console.
	Commands []CallbackCommand `json:"commands"`
}

// CallbackCommand is how often something was told of.
type CallbackCommand struct {
	Command string    `json:"command"` // in the service's words, such as Group.CallbackBeforeSendMsg
	Count   int       `json:"count"`
	Last    time.Time `json:"last"`
}

// RefusedCallbacks is how often something was refused for one reason.
type RefusedCallbacks struct {
	App    chat.AppName `json:"app,omitempty"` // empty where it is not known
	Reason string       `json:"reason"`        // in a word, as in the metrics
	Count  int          `json:"count"`
	Last   time.Time    `json:"last"`
	Detail string       `json:"detail,omitempty"` // of the last one, for a person
}

func callbacks(b Backend) []route {
	return []route{{"GET", "/v1/callbacks", func(c echo.Context) error {
		list := b.Callbacks()
		list.Apps = append([]AppCallbacks{}, list.Apps...) // [] and not null
		for i := range list.Apps {
			list.Apps[i].Commands = append([]CallbackCommand{}, list.Apps[i].Commands...)
		}
		list.Refused = append([]RefusedCallbacks{}, list.Refused...)
		return c.JSON(http.StatusOK, list)
	}, openapi.Operation{
		Does: "Says what the chat service has told since botd began to listen", Tag: aboutTyped,
		More:    "It shows whether the service's console is set as the triggers of the configuration need it.",
		Answers: gives("What came of each application.", CallbackList{}),
	}}}
}
