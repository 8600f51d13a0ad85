package simulator

import (
	"fmt"
	"slices"
	"strings"
)

// editions in rising order; targeted group messages need targetedFrom or more
// (product/1047/48029).
var editions = []string{"trial", "standard", "pro", "pro_plus", "enterprise"}

const targetedFrom = "pro"

// application is what the console of the service would hold.
type application struct {
	id             int
	key            string
	administrators []string
	edition        string
}

func newApplication(o Options) (application, error) {
	a := application{id: o.SDKAppID, key: o.SecretKey, administrators: slices.Clone(o.Administrators), edition: o.Edition}
	if len(a.administrators) == 0 {
		a.administrators = []string{"administrator"}
	}
	if a.edition == "" {
		a.edition = targetedFrom
	}
	if !slices.Contains(editions, a.edition) {
		return a, fmt.Errorf("no edition %q; have %s", a.edition, strings.Join(editions, ", "))
	}
	return a, nil
}

// targets reports whether the edition includes targeted group messages.
func (a application) targets() bool {
	return slices.Index(editions, a.edition) >= slices.Index(editions, targetedFrom)
}
