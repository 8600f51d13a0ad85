package doctor

import "fmt"

// Finding is what one check came to: a Problem and its Remedy; or a Detail, of what is
// well; or a Detail and a Remedy, of what could not be known and how to find out.
type Finding struct {
	Check   string `json:"check"`
	Problem string `json:"problem,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Remedy  string `json:"remedy,omitempty"`
}

// well, wrong and unknown are the three sorts of findings.
func well(check, format string, a ...any) Finding {
	return Finding{Check: check, Detail: fmt.Sprintf(format, a...)}
}

func wrong(check, remedy, format string, a ...any) Finding {
	return Finding{Check: check, Problem: fmt.Sprintf(format, a...), Remedy: remedy}
}

func unknown(check, remedy, format string, a ...any) Finding {
	return Finding{Check: check, Detail: fmt.Sprintf(format, a...), Remedy: remedy}
}
