package presets

import (
	"fmt"
	"slices"
	"strings"
)

// Currencies whose smallest unit is not a hundredth, as Stripe counts. ISK and
// UGX have no smaller unit any more either, but Stripe still counts them in
// hundredths.
var (
	noDecimals    = []string{"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
	threeDecimals = []string{"BHD", "JOD", "KWD", "OMR", "TND"}
)

// money writes an amount in a currency's smallest unit as people do.
func money(amount int64, currency string) string {
	currency = strings.ToUpper(currency)
	digits := 2
	switch {
	case slices.Contains(noDecimals, currency):
		digits = 0
	case slices.Contains(threeDecimals, currency):
		digits = 3
	}
	sign := ""
	if amount < 0 {
		sign, amount = "−", -amount
	}
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	s := sign + thousands(amount/unit)
	if digits > 0 {
		s += fmt.Sprintf(".%0*d", digits, amount%unit)
	}
	return s + " " + currency
}
