package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/botd-chat/botd/chat"
)

// Leaks are all of which botd tells.
func (b *Botd) Leaks(ctx context.Context) (all []chat.Leak, err error) {
	before := ""
	for {
		page, err := b.leaks(ctx, "/v1/leaks?limit=500"+before)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Leaks...)
		if page.Next == nil {
			return all, nil
		}
		before = "&before=" + page.Next.String()
	}
}

// leakPage is what a judge wants to know of one.
type leakPage struct {
	Leaks []chat.Leak
	Next  *chat.LeakID
}

func (b *Botd) leaks(ctx context.Context, path string) (page leakPage, err error) {
	res, err := b.get(ctx, path)
	if err != nil {
		return page, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return page, fmt.Errorf("asking for leaks: status %d", res.StatusCode)
	}
	return page, json.NewDecoder(res.Body).Decode(&page)
}
