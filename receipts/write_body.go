package receipts

// The fields of each stand in the order of their names, those of Sending among
// those of Body.

func appendBody(b []byte, body *Body) ([]byte, error) {
	w := writer{b: b}
	w.body(body, body.Sending)
	return w.b, w.err
}

// body writes the fields up to "message", then those after it; s may be nil.
func (w *writer) body(b *Body, s *Sending) {
	w.open()
	listOrNone(w, "acts", b.Acts, (*writer).act)
	w.countOrNone("again", b.Again)
	if s != nil {
		w.text("app", string(s.App))
		listOrNone(w, "attempts", s.Attempts, (*writer).attempt)
		w.text("bot", string(s.Bot))
		w.key("ceiling")
		w.rule(s.Ceiling)
		w.textOrNone("content", s.Content)
	}
	w.id("delivery", 'd', int64(b.Delivery))
	w.momentOrNone("ended", b.Ended)
	if s != nil {
		w.id("event", 'e', int64(s.Event))
	}
	w.count("format", int64(b.Format))
	if s != nil {
		w.text("group", string(s.Group))
		w.text("kind", string(s.Kind))
		listOrNone(w, "lost", s.Lost, (*writer).lost)
	}
	w.message("message", b.Message)
	w.rest(b, s)
	w.close()
}

func (w *writer) rest(b *Body, s *Sending) {
	w.countOrNone("msg_seq", int64(b.MsgSeq))
	listOrNone(w, "names", b.Names, (*writer).hash)
	w.text("nonce", b.Nonce)
	if s != nil {
		listOrNone(w, "only", s.Only, (*writer).name)
	}
	w.textOrNone("outcome", string(b.Outcome))
	if s != nil {
		w.count("part", int64(s.Part))
		w.people(s.People)
		w.countOrNone("random", int64(s.Random))
		if s.Bodies != nil {
			listOrNone(w, "rather", s.Rather, (*writer).rule)
		}
		w.key("reading")
		w.reading(s.Reading)
	}
	w.countOrNone("reason", int64(b.Reason))
	listOrNone(w, "recalls", b.Recalls, (*writer).recall)
	if s != nil {
		w.rendering(s.Bodies)
		w.repeats(s)
	}
	w.momentOrNone("resent", b.Resent)
	if s != nil {
		w.key("rule")
		w.rule(s.Rule)
	}
	w.moment("sealed_at", b.Sealed)
	if s != nil {
		w.countOrNone("sender", int64(s.Sender))
	}
	w.textOrNone("status", string(b.Status))
	listOrNone(w, "texts", b.Texts, (*writer).hash)
	if s != nil {
		w.text("trigger", string(s.Trigger))
	}
	w.text("type", string(b.Type))
}

func (w *writer) rendering(b *Bodies) {
	if b == nil {
		return
	}
	if b.Rendered != nil {
		w.key("rendered_for")
		w.rule(*b.Rendered)
	}
	w.count("rendering", int64(b.Rendering))
}

func (w *writer) repeats(s *Sending) {
	if s.Repeats != 0 {
		w.message("repeats", s.Repeats)
	}
	w.eventOrNone("replay_of", s.ReplayOf)
}

// people are there also if there are none.
func (w *writer) people(list []Person) {
	switch {
	case list == nil:
		w.key("people")
		w.b = append(w.b, "null"...)
	case len(list) == 0:
		w.key("people")
		w.b = append(w.b, "[]"...)
	}
	listOrNone(w, "people", list, (*writer).person)
}

func (w *writer) person(p Person) {
	w.open()
	w.countOrNone("facts", int64(p.Facts))
	w.count("name", int64(p.Name))
	w.textOrNone("role", string(p.Role))
	w.text("why", p.Why)
	w.close()
}

func (w *writer) rule(r Rule) {
	w.open()
	listOrNone(w, "any_of", r.AnyOf, (*writer).rule)
	if r.Everyone {
		w.key("everyone")
		w.b = append(w.b, "true"...)
	}
	listOrNone(w, "except", r.Except, (*writer).name)
	listOrNone(w, "roles", r.Roles, (*writer).role)
	listOrNone(w, "users", r.Users, (*writer).name)
	w.countOrNone("where", int64(r.Where))
	if r.Within != nil {
		w.key("within")
		w.rule(*r.Within)
	}
	w.close()
}

func (w *writer) reading(r Reading) {
	w.open()
	if r.Age != nil {
		w.count("age_us", *r.Age)
	}
	w.moment("at", r.At)
	w.text("hash", r.Hash)
	w.count("members", int64(r.Members))
	w.text("type", string(r.Type))
	w.close()
}

func (w *writer) lost(l Lost) {
	w.open()
	w.moment("at", l.At)
	w.count("name", int64(l.Name))
	w.count("why", int64(l.Why))
	w.close()
}

func (w *writer) attempt(a Attempt) {
	w.open()
	w.moment("began", a.Began)
	w.countOrNone("code", int64(a.Code))
	w.momentOrNone("ended", a.Ended)
	w.countOrNone("error", int64(a.Error))
	w.count("n", int64(a.N))
	w.count("people", int64(a.People))
	w.count("random", int64(a.Random))
	w.textOrNone("result", string(a.Result))
	w.close()
}

func (w *writer) act(a Act) {
	w.open()
	w.moment("at", a.At)
	w.textOrNone("made", a.Made)
	w.countOrNone("reason", int64(a.Reason))
	w.text("what", string(a.What))
	w.count("who", int64(a.Who))
	w.close()
}

func (w *writer) recall(r Recall) {
	w.open()
	w.moment("at", r.At)
	w.countOrNone("code", int64(r.Code))
	w.countOrNone("error", int64(r.Error))
	w.countOrNone("msg_seq", int64(r.MsgSeq))
	w.countOrNone("reason", int64(r.Reason))
	w.textOrNone("result", string(r.Result))
	w.count("who", int64(r.Who))
	w.close()
}
