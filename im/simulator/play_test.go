package simulator

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/botd-chat/botd/internal/browser"
)

// verdicts is an application's server: what begins with a word is answered as it says,
// and the rest may pass. What begins with "later" is answered when the channel says so.
type verdicts struct {
	answers map[string]string
	later   chan struct{}
}

func (v verdicts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var told struct {
		CallbackCommand string
		MsgBody         []struct{ MsgContent struct{ Text string } }
	}
	body, _ := io.ReadAll(r.Body)
	answer := `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`
	if json.Unmarshal(body, &told) == nil && told.CallbackCommand == BeforeSendMsg {
		text := told.MsgBody[0].MsgContent.Text
		for word, special := range v.answers {
			if strings.HasPrefix(text, word) {
				answer = special
			}
		}
		if strings.HasPrefix(text, "later") {
			<-v.later
		}
	}
	_, _ = io.WriteString(w, answer)
}

// theater is a page in a browser, before a simulator with an application behind it.
type theater struct {
	*rig
	page       context.Context //nolint:containedctx // a page is what this context is
	complaints *browser.Complaints
	app        verdicts
}

func openTheater(t *testing.T) *theater {
	r := newRig(t)
	app := verdicts{later: make(chan struct{}), answers: map[string]string{
		"/answer": `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":2}`,
		"loud":    `{"ActionStatus":"OK","ErrorInfo":"Please write it again.","ErrorCode":10101}`,
	}}
	server := httptest.NewServer(app)
	t.Cleanup(server.Close)
	must(t, r.sim.SetCallbacks(Callbacks{URL: server.URL}))
	page, complaints := browser.Open(t)
	p := &theater{rig: r, page: page, complaints: complaints, app: app}
	p.do(chromedp.Navigate(r.server.URL+"/"), browser.Until(`document.querySelector("#live.on") !== null`), watchColumns)
	return p
}

// watchColumns notes whatever stands in a column, however shortly.
var watchColumns = chromedp.Evaluate[chromedp.Void](`
	window.everSeen = {};
	const look = () => document.querySelectorAll(".column").forEach((c) => {
		everSeen[c.dataset.member] = (everSeen[c.dataset.member] ?? "") + c.querySelector(".messages").innerText + "\n";
	});
	new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });`)

func (p *theater) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	must(p.t, chromedp.Do(p.page, steps...))
}

// until waits until a script about a member's column, c, is true.
func (p *theater) until(member, script string) {
	p.t.Helper()
	p.do(browser.Until(fmt.Sprintf(`(() => { const c = document.querySelector('[data-member=%q]'); return %s; })()`, member, script)))
}

func (p *theater) write(member, text string) {
	p.t.Helper()
	p.do(chromedp.SendKeys(chromedp.CSS(fmt.Sprintf(`[data-member=%q] .write [name="text"]`, member)), text+"\r"))
}

// saw lists in whose column a text ever stood.
func (p *theater) saw(text string) []string {
	p.t.Helper()
	seen, err := chromedp.Run(p.page, chromedp.Evaluate[map[string]string](`everSeen`))
	must(p.t, err)
	var who []string
	for member, all := range seen {
		if strings.Contains(all, text) {
			who = append(who, member)
		}
	}
	slices.Sort(who)
	return who
}

func (p *theater) wantSaw(text string, want ...string) {
	p.t.Helper()
	if got := p.saw(text); !slices.Equal(got, want) {
		p.t.Errorf("%q stood in the columns of %v, want %v", text, got, want)
	}
}

// tabTo presses Tab until the focus is where a selector says.
func (p *theater) tabTo(selector string) {
	p.t.Helper()
	for range 60 {
		p.do(chromedp.KeyEvent(kb.Tab))
		there, err := chromedp.Run(p.page, chromedp.Evaluate[bool](fmt.Sprintf(`document.activeElement.matches(%q)`, selector)))
		must(p.t, err)
		if there {
			return
		}
	}
	p.t.Fatalf("Tab never comes to %s", selector)
}

func TestWhatMembersWriteInABrowser(t *testing.T) {
	p := openTheater(t)
	t.Run("what the application takes out stands on its author's screen alone, and says so", func(t *testing.T) {
		p.write("carol", "/answer B")
		p.until("carol", `c.querySelector(".message.unsent.mine .text")?.innerText === "/answer B"`)
		p.until("carol", `c.querySelector(".message.unsent")?.innerText.includes("nobody else sees this")`)
		p.write("dave", "good morning") // which comes after it
		for _, member := range everybody {
			p.until(member, `c.innerText.includes("good morning")`)
		}
		p.wantSaw("/answer B", "carol")
		p.do(chromedp.Reload(), browser.Until(`document.querySelector("#live.on") !== null`), watchColumns)
		p.until("carol", `c.querySelectorAll(".message")[0].classList.contains("unsent")`)
		p.until("alice", `c.querySelectorAll(".message").length === 1`)
	})
	t.Run("what it refuses is told beneath, with its code, and comes back to be mended", func(t *testing.T) {
		p.write("dave", "loud noises")
		p.until("dave", `c.querySelector(".told").textContent === "not sent: Please write it again. (10101)"`)
		p.until("dave", `c.querySelector("[name=text]").value === "loud noises"`)
		p.write("dave", "") // again, as it stands there
		p.until("dave", `c.querySelector(".told.refused") && c.querySelector("[name=text]").value === "loud noises"`)
		p.wantSaw("loud noises")
		must(t, p.sim.SetOnline("bob", false)) // the page is read again
		p.until("bob", `c.querySelector(".state")?.textContent === "offline"`)
		p.until("dave", `c.querySelector(".told.refused")?.textContent.includes("10101") && c.querySelector("[name=text]").value === "loud noises"`)
	})
	t.Run("while the application thinks, the page says that it waits", func(t *testing.T) {
		p.write("bob", "later then")
		p.until("bob", `c.querySelector(".told").textContent === "sending…" && c.querySelector("[name=text]").value === ""`)
		p.app.later <- struct{}{}
		p.until("bob", `c.querySelector(".told").textContent === "" && c.querySelector(".message.mine .text")?.innerText === "later then"`)
		p.until("carol", `c.innerText.includes("later then")`)
	})
	t.Run("what is recalled goes from every screen, and a note stays", func(t *testing.T) {
		p.write("carol", "too much said")
		p.until("alice", `c.innerText.includes("too much said")`)
		p.sim.Advance(65 * time.Second)
		messages := p.sim.Messages()
		seq := messages[len(messages)-1].Seq
		p.wantCode(p.group("group_msg_recall", fmt.Sprintf(`{"GroupId":%q,"MsgSeqList":[{"MsgSeq":%d}]}`, room, seq)), 0)
		for _, member := range everybody {
			p.until(member, `!c.innerText.includes("too much said") && c.querySelector(".message.recalled")?.innerText.includes("taken back after 1m5s")`)
		}
	})
	t.Run("what is written to one account stands on that screen alone", func(t *testing.T) {
		p.do(chromedp.Click(chromedp.CSS(`[data-member="alice"] summary`)), chromedp.Click(chromedp.CSS(`[data-member="alice"] [data-to="quizbot"]`)))
		p.until("alice", `c.querySelector(".whom").innerText.includes("to quizbot alone") && document.activeElement === c.querySelector("[name=text]")`)
		p.write("alice", "between us")
		p.until("alice", `c.querySelector(".message.direct.mine")?.innerText.includes("one to one, to quizbot")`)
		p.do(chromedp.KeyEvent(kb.Escape))
		p.until("alice", `c.querySelector(".whom").hidden`)
		p.write("alice", "and to all")
		p.until("dave", `c.innerText.includes("and to all")`)
		p.wantSaw("between us", "alice")
	})
	p.wantNoComplaints()
}

func TestThePageWithTheKeyboardAlone(t *testing.T) {
	p := openTheater(t)
	p.tabTo(`[data-member="carol"] .write [name="text"]`)
	p.do(chromedp.KeyEvent("/answer C\r"))
	p.until("carol", `c.querySelector(".message.unsent .text")?.innerText === "/answer C"`)
	p.until("carol", `document.activeElement === c.querySelector("[name=text]")`)

	p.tabTo(`[data-member="dave"] summary`)
	p.do(chromedp.KeyEvent("\r"))
	p.until("dave", `c.querySelector(".menu").open`)
	p.do(chromedp.KeyEvent(kb.Escape))
	p.until("dave", `!c.querySelector(".menu").open && document.activeElement === c.querySelector("summary")`)
	p.do(chromedp.KeyEvent("\r"))
	p.tabTo(`[data-member="dave"] [name="role"][value="Admin"]`)
	p.do(chromedp.KeyEvent("\r"))
	p.until("dave", `c.classList.contains("role-Admin") && document.activeElement === c.querySelector("summary")`)

	p.tabTo(`.skip`) // round
	p.tabTo(`.menu.group summary`)
	p.do(chromedp.KeyEvent("\r"))
	p.tabTo(`.join [name="user"]`)
	p.do(chromedp.KeyEvent("erin\r"))
	p.until("erin", `c !== null && c.querySelector(".nothing") !== null`)
	p.wantSaw("/answer C", "carol")
	p.wantNoComplaints()
}

// wantNoComplaints passes over refusals, which the browser shows as failed requests.
func (p *theater) wantNoComplaints() {
	p.t.Helper()
	for _, c := range p.complaints.All() {
		if !strings.Contains(c, "409 (Conflict)") {
			p.t.Errorf("the browser complains: %s", c)
		}
	}
}
