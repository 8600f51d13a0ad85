package senders

import (
	"context"
	"net/http"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

// TestTheCloudEventsSDKSendsInAllModes has the client of the SDK send one event
// in headers, one as JSON and some as a batch, each twice.
func TestTheCloudEventsSDKSendsInAllModes(t *testing.T) {
	t.Parallel()
	h := open(t, "{cloudevents: {bearer: {token_file: token}}}", `say: "{{ webhook.type }}: {{ payload.data.text }}"`, map[string]string{"token": token})
	h.start()
	sdk, err := cloudevents.NewClientHTTP(cehttp.WithTarget(h.botd.Hook("in")), cehttp.WithHeader("Authorization", "Bearer "+token), cehttp.WithClient(*client))
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []struct {
		ctx context.Context
		id  string
	}{{t.Context(), "in headers"}, {binding.WithForceStructured(t.Context()), "as JSON"}} {
		for range 2 {
			if result := sdk.Send(mode.ctx, happened(t, mode.id)); !cloudevents.IsACK(result) {
				t.Errorf("%s: %v", mode.id, result)
			}
		}
	}
	for range 2 {
		h.batch(happened(t, "first"), happened(t, "second"), happened(t, "as JSON"))
	}
	h.heard([]string{"com.example.happened: in headers"}, []string{"com.example.happened: as JSON"},
		[]string{"com.example.happened: first"}, []string{"com.example.happened: second"})
}

func happened(t *testing.T, id string) cloudevents.Event {
	t.Helper()
	e := cloudevents.NewEvent()
	e.SetID(id)
	e.SetSource("/lab")
	e.SetType("com.example.happened")
	if err := e.SetData(cloudevents.ApplicationJSON, map[string]string{"text": id}); err != nil {
		t.Fatal(err)
	}
	return e
}

func (h *house) batch(events ...cloudevents.Event) {
	h.t.Helper()
	r, err := cehttp.NewHTTPRequestFromEvents(h.t.Context(), h.botd.Hook("in"), events)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		h.t.Errorf("the batch: %s", res.Status)
	}
}
