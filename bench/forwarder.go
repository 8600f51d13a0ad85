package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/go-resty/resty/v2"
	"github.com/labstack/echo/v4"
)

// serveForwarder is the floor: it answers 202 and then posts, keeping nothing.
// What botd promises is exactly what this one cannot.
func serveForwarder(ctx context.Context, address, api string) error {
	client := resty.NewWithClient(&http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 256},
	})
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/readyz", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	e.POST("/hooks/bench", func(c echo.Context) error {
		body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, 1<<20))
		if err != nil {
			return err
		}
		var in struct{ Group, Text string }
		if err := json.Unmarshal(body, &in); err != nil {
			return err
		}
		go func() {
			message, _ := json.Marshal(map[string]any{"GroupId": in.Group, "Random": 1, "To_Account": []string{"owner", "admin1"},
				"MsgBody": []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]string{"Text": in.Text}}}})
			_, _ = client.R().SetContext(ctx).SetHeader("Content-Type", "application/json").SetBody(message).
				Post(api + "/v4/group_open_http_svc/send_group_msg")
		}()
		return c.NoContent(http.StatusAccepted)
	})
	return serve(ctx, address, e)
}
