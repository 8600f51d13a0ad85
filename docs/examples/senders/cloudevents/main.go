// Command cloudevents sends one event to botd.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/protocol/http"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: cloudevents HOOK TOKEN-FILE")
	}
	token, err := os.ReadFile(os.Args[2]) //nolint:gosec // whoever runs it names it
	if err == nil {
		err = send(context.Background(), os.Args[1], strings.TrimSpace(string(token)), paid(4711))
	}
	if err != nil {
		log.Fatal(err)
	}
}

// paid is the event that an order was paid. Its id is the same whenever the same
// order is told again.
func paid(order int) cloudevents.Event {
	e := cloudevents.NewEvent()
	e.SetID(fmt.Sprintf("paid-%d", order))
	e.SetSource("/shop/orders")
	e.SetType("com.example.order.paid")
	e.SetTime(time.Now())
	_ = e.SetData(cloudevents.ApplicationJSON, map[string]any{"order": order, "amount": "12.50"}) // it can be written as JSON
	return e
}

// send sends an event, again if there is no answer.
func send(ctx context.Context, hook, token string, e cloudevents.Event) error {
	client, err := cloudevents.NewClientHTTP(http.WithTarget(hook), http.WithHeader("Authorization", "Bearer "+token))
	if err != nil {
		return err
	}
	result := client.Send(cloudevents.ContextWithRetriesExponentialBackoff(ctx, time.Second, 5), e)
	if !cloudevents.IsACK(result) {
		return fmt.Errorf("sending %s: %w", e.ID(), result)
	}
	return nil
}
