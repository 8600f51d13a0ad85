package webhooks

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
	"github.com/botd-chat/botd/problem"
)

const documentPath = "/openapi.json"

// document has what strangers may know of this listener, which is how to call
// it. Which hooks there are is no part of it.
func (r *Receiver) document(c echo.Context) error {
	if c.Request().Method != http.MethodGet {
		return noDocument()
	}
	return c.Blob(http.StatusOK, mediaJSON, r.options.OpenAPI)
}

func noDocument() *failure { return takesOnly(http.MethodGet, "This address takes GET only.") }

// API is what the public listener answers, for its document.
func API() openapi.API {
	const tag = "Hooks"
	retryAfter := openapi.Param{Name: "Retry-After", Is: openapi.Schema{"type": "string"}, About: "How many seconds to wait before it is sent again."}
	return openapi.API{
		Title: "botd: the public listener",
		About: "Takes in webhooks. Every hook has an address of its own, and one way in which its sender proves itself; whoever runs this botd tells a sender both.\n\n" +
			"A sender that got a 2xx may forget the webhook. After a 408, 409, 429, 500 or 503, or no answer, nothing was promised: send the same again, " +
			"and it is still one webhook if it has an id. After any other answer the same would be refused again.\n\n" +
			"Below `/callbacks/` the listener answers Tencent Cloud Chat, in that service's own words; its documents have them.",
		Tags:    []openapi.Tag{{Name: tag, About: "What other systems call."}},
		Problem: problem.Details{},
		Headers: map[int][]openapi.Param{
			0:                               {{Name: headerRequestID, Is: "", Required: true, About: "The id of this request, by which the log of botd has it."}},
			http.StatusUnauthorized:         {{Name: "WWW-Authenticate", Is: "", About: "What is asked for, where the scheme has a name for it."}},
			http.StatusMethodNotAllowed:     {{Name: "Allow", Is: "", About: "The methods that there are."}},
			http.StatusConflict:             {retryAfter},
			http.StatusTooManyRequests:      {retryAfter},
			http.StatusServiceUnavailable:   {retryAfter},
			http.StatusUnsupportedMediaType: {{Name: "Accept-Post", Is: "", About: "What may be sent."}, {Name: "Accept-Encoding", Is: "", About: "How it may be encoded."}},
		},
		Routes: []openapi.Route{
			{Method: http.MethodPost, Path: "/hooks/:name", Operation: postHook(tag)},
			{Method: http.MethodOptions, Path: "/hooks/:name", Operation: askHook(tag)},
			{Method: http.MethodGet, Path: documentPath, Operation: openapi.Operation{
				Does: "Has this document", Tag: tag, Answers: []openapi.Answer{{Status: http.StatusOK, About: "OpenAPI 3.1.", Is: openapi.Schema{"type": "object"}}},
			}},
		},
	}
}

// Receipts is the answer to a list.
type Receipts struct {
	Receipts []chat.Receipt `json:"receipts"`
}

var (
	nameInPath = openapi.Param{In: openapi.Path, Name: "name", Is: "", About: "The hook's name."}
	requestID  = openapi.Param{In: openapi.Header, Name: headerRequestID, Is: "",
		About: "An id of the caller's for this request, which the answer repeats; one is made if it is absent or odd."}
)

func postHook(tag string) openapi.Operation {
	return openapi.Operation{
		Does: "Takes in a webhook", Tag: tag,
		More: "The signature or token stands where this sender puts it, and the body is what this sender posts. " +
			"The same delivery again, by the id that the sender gives it, has the receipt of the first time and `repeated`.",
		Params: []openapi.Param{nameInPath, requestID, {In: openapi.Header, Name: "Idempotency-Key", Is: "",
			About: "An id of the caller's for what is sent, the same when it is sent again. It is heeded by hooks that have a token, and whose sender has no id of its own."}},
		Body: &openapi.Body{About: "JSON in UTF-8, exactly one value in which no key is twice, unless the sender posts something else.", Is: openapi.Schema{},
			Types: []string{mediaJSON, "application/*", "*/*"}, Required: true},
		Answers: []openapi.Answer{
			{Status: http.StatusAccepted, About: "It is on disk, now or already before. A sender that posts a list gets a list.",
				Is:      openapi.Either{chat.Receipt{}, Receipts{}},
				Headers: []openapi.Param{{Name: "Location", Is: "", About: "Where the first of the events is, on the admin listener."}}},
			{Status: http.StatusOK, About: "What this sender wants to hear in place of a receipt: talk, such as a ping or a challenge, of which nothing is kept; or that a command was taken, which is on disk.", Type: "*/*"},
		},
		Fails: map[int]string{
			http.StatusBadRequest:            "The body, or the delivery's id, cannot be read.",
			http.StatusUnauthorized:          "It does not prove that it comes from this hook's sender. The answer is the same for every reason.",
			http.StatusForbidden:             "Its credential may not do that; the detail names the rule.",
			http.StatusNotFound:              "There is no such hook.",
			http.StatusRequestTimeout:        "The body took too long to arrive.",
			http.StatusConflict:              "A request with this Idempotency-Key is being kept right now.",
			http.StatusGone:                  "The hook was retired on purpose: stop sending.",
			http.StatusRequestEntityTooLarge: "The body is larger than this hook takes.",
			http.StatusUnsupportedMediaType:  "The body is of a type that this hook does not take, or is compressed.",
			http.StatusUnprocessableEntity:   "The payload does not fit this hook, or its Idempotency-Key was another payload's.",
			http.StatusTooManyRequests:       "More than its credential may send in a minute, or too many from this address that proved nothing.",
			http.StatusInternalServerError:   "botd made a mistake, and its log says more.",
			http.StatusServiceUnavailable:    "It cannot be stored, or botd is about to stop.",
		},
	}
}

// askHook is the handshake of CloudEvents.
func askHook(tag string) openapi.Operation {
	header := func(name, about string) openapi.Param { return openapi.Param{Name: name, Is: "", About: about} }
	asks := func(name, about string) openapi.Param {
		return openapi.Param{In: openapi.Header, Name: name, Is: "", About: about}
	}
	return openapi.Operation{
		Does: "Says whether a sender of CloudEvents may post", Tag: tag,
		Params: []openapi.Param{nameInPath, requestID, asks("WebHook-Request-Origin", "Who asks."),
			asks("WebHook-Request-Rate", "How many a minute are wished for."), asks("WebHook-Request-Callback", "It is not called.")},
		Answers: []openapi.Answer{{Status: http.StatusOK, About: "Leave is given by the headers, and only by them.", Type: "*/*", Headers: []openapi.Param{
			header("WebHook-Allowed-Origin", "Who may post."), header("WebHook-Allowed-Rate", "How many a minute; `*` is no limit."), header("Allow", "The methods that there are.")}}},
		Fails: map[int]string{
			http.StatusNotFound:            "There is no such hook.",
			http.StatusMethodNotAllowed:    "This hook's sender is none that asks.",
			http.StatusGone:                "The hook was retired on purpose.",
			http.StatusInternalServerError: "botd made a mistake, and its log says more.",
			http.StatusServiceUnavailable:  "botd is about to stop.",
		},
	}
}
