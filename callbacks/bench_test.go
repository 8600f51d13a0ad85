package callbacks

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// nowhere is a sink that keeps nothing, so that the verdict itself is measured.
type nowhere struct{}

func (nowhere) Hold(context.Context, Callback, []Rule, time.Time) error { return nil }
func (nowhere) Take(context.Context, Callback, []Rule) error            { return nil }
func (nowhere) Changed(chat.AppName, chat.GroupID)                      {}
func (nowhere) Shown(chat.AppName, chat.GroupID, uint32)                {}

// BenchmarkVerdict is one callback before a message: a held command, plain talk, and a
// message with a word that is masked. The sink keeps nothing.
func BenchmarkVerdict(b *testing.B) {
	rules := []Rule{holding(), open("helped", "help"), masking("masked", "***", "damn", "blast", "fool")}
	r, err := New([]App{app()}, rules, Options{Sink: nowhere{}, Roles: func(chat.AppName, chat.GroupID, chat.UserID) (chat.Role, bool) { return chat.Normal, true }})
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range map[string]string{"held": "/answer B", "talk": strings.Repeat("plain talk about nothing ", 8), "masked": "you damn fool", "long": strings.Repeat("talk ", 2400)} {
		b.Run(name, func(b *testing.B) {
			at := fmt.Sprint(time.Now().Unix())
			target := path + "?SdkAppid=1400000001&CallbackCommand=" + BeforeGroupMessage + "&OptPlatform=iOS&Sign=" + Sign(token, at) + "&RequestTime=" + at
			body := jsonOf(said(BeforeGroupMessage, "carol", text))
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, target, strings.NewReader(body)))
				if w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}
