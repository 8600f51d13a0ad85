// Package browser opens a real Chromium for tests that look at pages.
package browser

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/botd-chat/botd/internal/need"
)

// Open returns the context of a fresh tab, for package chromedp. It ends with
// the test. On a machine without Chromium the test is skipped, or fails when
// the environment says CI=true.
func Open(t *testing.T) (context.Context, *Complaints) {
	t.Helper()
	path := need.Program(t, "chromium", "chromium", "chromium-browser", "google-chrome", "chrome")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	heard := &Complaints{}
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(heard.listen))
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser to end
		cancel()
	})
	if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatalf("opening a browser: %v", err)
	}
	return ctx, heard
}

// Until waits until a script is true in the page.
func Until(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Poll[chromedp.Void](script, chromedp.WithPollingTimeout(15*time.Second))
}

// Complaints collects what the browser has to complain about: scripts that
// fail, and what the page's content policy forbids.
type Complaints struct {
	mu    sync.Mutex
	lines []string
}

func (b *Complaints) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.lines = append(b.lines, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		b.lines = append(b.lines, e.Entry.Text)
	}
}

// All is what was complained about so far.
func (b *Complaints) All() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.lines...)
}
