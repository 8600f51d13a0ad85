package presets

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/botd-chat/botd/plugins"
)

// stripe writes Stripe's events. What kind an event is stands in the payload,
// and so does what it is about, in data.object.
func stripe(_ string, p value) (t text) {
	kind, id := p.need("type"), p.need("id")
	o := p.at("data.object")
	s := stripeLine(kind, o)
	if live, told := p.at("livemode").v.(bool); told && !live {
		s += " (test mode)"
	}
	t.add(s)
	t.named("Customer", stripeCustomer(o))
	t.named("For", o.at("description").line())
	if strings.HasSuffix(o.at("status").line(), "needs_response") {
		t.named("Answer before", stripeDate(o, "evidence_details.due_by"))
	}
	t.named("Next attempt", stripeDate(o, "next_payment_attempt"))
	dashboard := "https://dashboard.stripe.com/"
	if live, told := p.at("livemode").v.(bool); told && !live {
		dashboard += "test/"
	}
	t.add(dashboard + "events/" + url.PathEscape(id))
	return t
}

// amounts says for the kinds of objects which of their fields is the amount.
// The first that is there and not zero counts.
var amounts = map[string][]string{
	"payment_intent":   {"amount_received", "amount"},
	"charge":           {"amount"},
	"invoice":          {"amount_paid", "amount_due", "total"},
	"checkout.session": {"amount_total"},
	"refund":           {"amount"},
	"dispute":          {"amount"},
	"payout":           {"amount"},
	"credit_note":      {"total"},
}

// stripeVerbs are the ends of types, as what one says of a thing. Others are
// written as they are.
var stripeVerbs = map[string]string{
	"succeeded": "succeeded", "payment_succeeded": "was paid", "paid": "was paid", "failed": "failed", "payment_failed": "could not be paid",
	"canceled": "was cancelled", "created": "was created", "updated": "was changed", "deleted": "was deleted", "refunded": "was refunded",
	"captured": "was captured", "expired": "expired", "pending": "is pending", "completed": "was completed", "closed": "was closed",
	"finalized": "was finalised", "voided": "was voided", "marked_uncollectible": "was given up", "action_required": "needs the customer to act",
	"payment_action_required": "needs the customer to act", "requires_action": "needs the customer to act", "trial_will_end": "has a trial that ends soon",
	"paused": "was paused", "resumed": "was resumed", "overdue": "is overdue", "upcoming": "is due soon", "funds_withdrawn": "took funds away",
	"funds_reinstated": "gave funds back", "sent": "was sent", "processing": "is being processed", "async_payment_failed": "failed in the end",
	"async_payment_succeeded": "succeeded in the end",
}

// stripeTypes are those of which something better can be said.
var stripeTypes = map[string]string{"payment_intent.payment_failed": "failed", "customer.subscription.deleted": "ended"}

var stripeThings = map[string]string{
	"payment_intent": "Payment", "charge": "Charge", "invoice": "Invoice", "customer.subscription": "Subscription", "checkout.session": "Checkout",
	"charge.dispute": "Dispute", "charge.refund": "Refund", "refund": "Refund", "payout": "Payout", "customer": "Customer", "credit_note": "Credit note",
}

// stripeLine says what happened to what, of how much, and why.
func stripeLine(kind string, o value) string {
	thing, verb := kind, ""
	if i := strings.LastIndexByte(kind, '.'); i > 0 {
		thing, verb = kind[:i], kind[i+1:]
	}
	said, known := stripeVerbs[verb]
	if better, ok := stripeTypes[kind]; ok {
		said = better
	}
	name := stripeThings[thing]
	if !known || name == "" {
		return "Stripe: " + plugins.OneLine(kind, 80)
	}
	if n := o.at("number").line(); thing == "invoice" && n != "" {
		name += " " + n
	}
	if a := stripeAmount(kind, o); a != "" {
		name += " of " + a
	}
	s := name + " " + said
	if why := o.first("last_payment_error.message", "failure_message", "reason", "cancellation_details.reason"); why != "" {
		s += ": " + strings.TrimSuffix(words(why), ".")
	}
	if state := o.at("status").line(); thing == "charge.dispute" && verb == "closed" && state != "" {
		s += " (" + words(state) + ")"
	}
	return s
}

// stripeAmount is how much it is about; empty when nothing says so.
func stripeAmount(kind string, o value) string {
	fields := amounts[o.at("object").line()]
	if kind == "charge.refunded" {
		fields = []string{"amount_refunded"}
	}
	for _, f := range fields {
		if o.at(f).v != nil && o.number(f) != 0 || f == fields[len(fields)-1] {
			return stripeMoney(o, f)
		}
	}
	price := o.at("items.data")
	if list := price.items(); len(list) == 1 && list[0].at("price.unit_amount").v != nil {
		x := list[0].at("price")
		s := stripeMoney(x, "unit_amount")
		if every := x.at("recurring.interval").line(); every != "" {
			s += " a " + every
		}
		if n := list[0].number("quantity"); n > 1 {
			s = thousands(n) + " × " + s
		}
		return s
	}
	return ""
}

func stripeMoney(o value, field string) string {
	amount, err := strconv.ParseInt(o.need(field), 10, 64)
	if err != nil {
		o.lost.note(under(o.path, field) + " (a whole number)")
	}
	return money(amount, o.need("currency"))
}

// stripeCustomer is who it is about, by name if one is given.
func stripeCustomer(o value) string {
	name := o.first("customer_name", "customer_details.name", "billing_details.name")
	mail := o.first("customer_email", "customer_details.email", "billing_details.email", "receipt_email")
	switch {
	case name != "" && mail != "":
		return name + " (" + mail + ")"
	case name+mail != "":
		return name + mail
	}
	return o.first("customer", "customer.id")
}

// stripeDate is a time, which Stripe has in seconds.
func stripeDate(o value, path string) string {
	if n := o.number(path); n > 0 {
		return moment(time.Unix(n, 0))
	}
	return ""
}

func seconds(n int64) time.Duration { return time.Duration(min(n, 1e9)) * time.Second }
