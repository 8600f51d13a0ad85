// Post sends one signed webhook to botd.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	log.SetFlags(0)
	answer, err := post(context.Background(), os.Getenv("BOTD")+"/hooks/quiz", "secrets/quiz", "answer-4711",
		[]byte(`{"user": "dave", "question": "q1", "answer": "B"}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer)
}

var client = http.Client{Timeout: 10 * time.Second}

// post sends body under id, which is the same whenever this delivery is tried.
func post(ctx context.Context, url, secretFile, id string, body []byte) (string, error) {
	secret, err := os.ReadFile(secretFile) //nolint:gosec // we name it ourselves
	if err != nil {
		return "", err
	}
	hook, err := standardwebhooks.NewWebhook(strings.TrimSpace(string(secret)))
	if err != nil {
		return "", fmt.Errorf("reading the secret: %w", err)
	}
	now := time.Now()
	signature, err := hook.Sign(id, now, body)
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body)) //nolint:gosec // so is the address
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(standardwebhooks.HeaderWebhookID, id)
	request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, fmt.Sprint(now.Unix()))
	request.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	response, err := client.Do(request) //nolint:gosec // as above
	if err != nil {
		return "", err // no answer: it may be stored or not, so try again with the same id
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("%s: %s", response.Status, answer)
	}
	return string(answer), err
}
