package simulator

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/botd-chat/botd/internal/browser"
)

func TestPageInABrowser(t *testing.T) {
	r := newRig(t)
	page, complaints := browser.Open(t)
	columns := func() map[string]string {
		out, err := chromedp.Run(page, chromedp.Evaluate[map[string]string](
			`Object.fromEntries([...document.querySelectorAll(".column")].map(c => [c.dataset.member, c.innerText]))`))
		must(t, err)
		return out
	}
	until := browser.Until
	must(t, chromedp.Do(page, chromedp.Navigate(r.server.URL+"/"), until(`document.querySelector("#live.on") !== null`)))

	t.Run("who received nothing is told so", func(t *testing.T) {
		for member, text := range columns() {
			if !strings.Contains(text, "nothing yet") {
				t.Errorf("%s sees %q", member, text)
			}
		}
	})
	t.Run("a targeted message arrives in the columns of its recipients alone", func(t *testing.T) {
		r.send(message(1, nil))
		must(t, chromedp.Do(page, until(`document.querySelectorAll('.message.some').length === 2`)))
		for member, text := range columns() {
			got := strings.Contains(text, "carol answered: B") && strings.Contains(text, "only 2 people see this: Alice, bob")
			if want := member == "alice" || member == "bob"; got != want || want == strings.Contains(text, "nothing yet") {
				t.Errorf("%s sees %q", member, text)
			}
		}
	})
	t.Run("what a member writes arrives everywhere, on the right in the own column", func(t *testing.T) {
		must(t, chromedp.Do(page,
			chromedp.SendKeys(chromedp.CSS(`[data-member="carol"] .write [name="text"]`), "good morning\r"),
			until(`document.querySelectorAll('.message[data-from="carol"]').length === 4`),
			until(`document.querySelector('[data-member="carol"] .message.mine') !== null`),
			until(`document.querySelectorAll('.message.mine').length === 1`),
			until(`document.querySelector('[data-member="carol"] [name="text"]').value === ""`)))
	})
	t.Run("a role changes in view, and a draft stays", func(t *testing.T) {
		must(t, chromedp.Do(page,
			chromedp.SendKeys(chromedp.CSS(`[data-member="dave"] .write [name="text"]`), "half a sen"),
			chromedp.Click(chromedp.CSS(`[data-member="bob"] summary`)),
			chromedp.Click(chromedp.CSS(`[data-member="bob"] [name="role"][value="Member"]`)),
			until(`document.querySelector('[data-member="bob"]').classList.contains("role-Member")`),
			until(`document.querySelector('[data-member="dave"] [name="text"]').value === "half a sen"`)))
		if role := r.sim.Groups()[0].Members[1].Role; role != Ordinary {
			t.Errorf("bob is %s", role)
		}
	})
	t.Run("a refusal is shown", func(t *testing.T) {
		must(t, r.sim.Mute(room, "carol", time.Minute))
		must(t, chromedp.Do(page,
			until(`document.querySelector('[data-member="carol"] .state')?.textContent === "muted"`),
			chromedp.SendKeys(chromedp.CSS(`[data-member="carol"] .write [name="text"]`), "psst\r"),
			until(`document.querySelector('[data-member="carol"] .told.refused')?.innerText.includes("10017")`),
			until(`document.querySelector('[data-member="carol"] [name="text"]').value === "psst"`)))
	})
	for _, c := range complaints.All() {
		if !strings.Contains(c, "409 (Conflict)") {
			t.Errorf("the browser complains: %s", c)
		}
	}
}
