package receipts

import (
	"fmt"
	"maps"
	"slices"
)

// end says what is missing now that the file is at its end.
func (v *verifier) end() {
	v.current = nil
	if v.line == 0 {
		v.say(nil, 0, Missing, "the file is empty")
	}
	v.line = 0
	for _, l := range v.order {
		v.missing(l)
		v.ends(l)
		if l.Last > 0 {
			v.report.Chains = append(v.report.Chains, l.Chain)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.heads)) {
		if _, known := v.lanes[name]; !known {
			v.say(&lane{Chain: Chain{Lane: name}}, 0, Missing, "is not in the file, and a head of it was noted; give the heads of those lanes alone that were exported")
		}
	}
}

// missing tells of the gaps in a lane, those that stand together as one.
func (v *verifier) missing(l *lane) {
	gaps := slices.Sorted(maps.Keys(l.gaps))
	for i := 0; i < len(gaps); {
		from := i
		for i++; i < len(gaps) && gaps[i] == gaps[i-1]+1; i++ {
		}
		v.say(l, gaps[from], Missing, "is not there%s", andMore(gaps[from], gaps[i-1]))
	}
}

func andMore(first, last int64) string {
	if first == last {
		return ""
	}
	return fmt.Sprintf(", nor are those up to %d", last)
}

// ends holds the end of a lane against the header and the noted heads.
func (v *verifier) ends(l *lane) {
	if v.header && l.part.Last > 0 {
		switch {
		case l.Last == 0:
			v.say(l, 0, Missing, "has no receipts here, and the header has %d to %d", l.part.First, l.part.Last)
		case l.Last != l.part.Last:
			v.say(l, 0, Missing, "ends with receipt %d, and the header says %d", l.Last, l.part.Last)
		case l.shown != l.part.Shown:
			v.say(l, 0, Missing, "shows %d receipts, and the header says %d", l.shown, l.part.Shown)
		}
	}
	for _, h := range v.heads[l.Lane] {
		switch {
		case l.Last > 0 && h.N > l.Last:
			v.say(l, 0, CutOff, "ends with receipt %d, and the noted head is %d", l.Last, h.N)
		case h.N < l.First-1:
			v.report.Unchecked = append(v.report.Unchecked, h)
		}
	}
}
