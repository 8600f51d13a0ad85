package plugintest

import (
	"slices"
	"strings"
)

// people adds to a difference, below each message that was seen by others than those
// who are written, who they are.
func people(all []change) (told []change) {
	for begin := 0; begin < len(all); {
		end := begin
		for end < len(all) && all[end].mark != ' ' {
			end++
		}
		if end == begin {
			told = append(told, all[begin])
			begin++
			continue
		}
		told = append(told, seen(all[begin:end])...)
		begin = end
	}
	return told
}

// seen is people for changes that stand together. What the same people saw with
// other words is told by the words.
func seen(changes []change) (told []change) {
	missing := messagesIn(changes, '-')
	find := func(same func(seenBy) bool) (m seenBy, ok bool) {
		i := slices.IndexFunc(missing, same)
		if i < 0 {
			return m, false
		}
		m = missing[i]
		missing = slices.Delete(missing, i, i+1)
		return m, true
	}
	for _, c := range changes {
		told = append(told, c)
		m, ok := messageOf(c.text)
		if c.mark != '+' || !ok {
			continue
		}
		written, ok := find(func(x seenBy) bool { return x.text == m.text })
		if !ok {
			written, ok = find(func(x seenBy) bool { return slices.Equal(x.who, m.who) })
		}
		if ok {
			told = append(told, compared(written.who, m.who)...)
			continue
		}
		told = append(told, notes(m.who, " saw this, and it is not written")...)
	}
	for _, m := range missing {
		told = append(told, notes(m.who, " did not see "+quoted(m.text))...)
	}
	return told
}

// compared says who is written and did not see a message, and who saw it and is not.
func compared(written, saw []string) []change {
	but := func(a, b []string) (left []string) {
		for _, name := range a {
			if !slices.Contains(b, name) {
				left = append(left, name)
			}
		}
		return left
	}
	return append(notes(but(saw, written), " saw this and must not"), notes(but(written, saw), " did not see it")...)
}

// notes is a line about some people; none about nobody.
func notes(who []string, what string) []change {
	if len(who) == 0 {
		return nil
	}
	names := who[0]
	if n := len(who); n > 1 {
		names = strings.Join(who[:n-1], ", ") + " and " + who[n-1]
	}
	return []change{{mark: '*', text: names + what}}
}

// seenBy is a message as a transcript has it: the first line of what was said, with
// its marks, and to whom.
type seenBy struct {
	who  []string
	text string
}

func messagesIn(changes []change, mark byte) (all []seenBy) {
	for _, c := range changes {
		if m, ok := messageOf(c.text); ok && c.mark == mark {
			all = append(all, m)
		}
	}
	return all
}

// messageOf reads a < line.
func messageOf(line string) (m seenBy, ok bool) {
	rest, ok := strings.CutPrefix(line, "<")
	if !ok {
		return m, false
	}
	i := strings.IndexAny(rest, ":[")
	if i < 0 {
		return m, false
	}
	m.who, m.text = strings.Fields(rest[:i]), rest[i:]
	if slices.Equal(m.who, []string{nobody}) {
		m.who = nil
	}
	return m, true
}

// quoted is a message's text in a sentence.
func quoted(text string) string {
	text = strings.TrimPrefix(text, ": ")
	if r := []rune(text); len(r) > 40 {
		text = string(r[:40]) + "…"
	}
	return "\"" + text + "\""
}
