package chat

import (
	"encoding/json"
	"fmt"
	"slices"
)

// MaxRecipients is how many members one call can target (product/1047/34959).
const MaxRecipients = 50

// Recipients is who a targeted message is for: one or more accounts, sorted and
// each once. It is made by [NewRecipients] alone, so it names somebody. The
// zero value is refused wherever one is used, also by its own MarshalJSON,
// because the service reads a missing list as everybody.
type Recipients struct{ ids []UserID }

// NewRecipients returns the given accounts without repeats. An empty list is
// [ErrNobody]; an impossible account is an error too.
func NewRecipients(ids []UserID) (Recipients, error) {
	if len(ids) == 0 {
		return Recipients{}, fmt.Errorf("the list of recipients %w", ErrNobody)
	}
	for _, id := range ids {
		if err := id.Validate(); err != nil {
			return Recipients{}, fmt.Errorf("recipients: %w", err)
		}
	}
	own := slices.Clone(ids)
	slices.Sort(own)
	return Recipients{slices.Compact(own)}, nil
}

// IDs returns a copy of the accounts, sorted.
func (r Recipients) IDs() []UserID { return slices.Clone(r.ids) }

// Len is how many there are; 0 only for the zero value.
func (r Recipients) Len() int { return len(r.ids) }

// Has reports whether id is among them.
func (r Recipients) Has(id UserID) bool {
	_, ok := slices.BinarySearch(r.ids, id)
	return ok
}

// Equal reports whether both name the same accounts.
func (r Recipients) Equal(other Recipients) bool { return slices.Equal(r.ids, other.ids) }

// Parts splits them into batches of at most [MaxRecipients] that have nobody
// in common and together are the whole.
func (r Recipients) Parts() []Recipients {
	var parts []Recipients
	for chunk := range slices.Chunk(r.ids, MaxRecipients) {
		parts = append(parts, Recipients{slices.Clone(chunk)})
	}
	return parts
}

// Keep returns those for whom keep holds. ok is false when nobody is left, and
// then there is nothing to send.
func (r Recipients) Keep(keep func(UserID) bool) (kept Recipients, ok bool) {
	ids := slices.DeleteFunc(slices.Clone(r.ids), func(id UserID) bool { return !keep(id) })
	if len(ids) == 0 {
		return Recipients{}, false
	}
	return Recipients{ids}, true
}

// MarshalJSON writes a JSON array. The zero value is an error.
func (r Recipients) MarshalJSON() ([]byte, error) {
	if len(r.ids) == 0 {
		return nil, fmt.Errorf("the list of recipients %w", ErrNobody)
	}
	return json.Marshal(r.ids)
}

// UnmarshalJSON reads what MarshalJSON writes. An empty list and null are
// errors, and then r stays as it was. A field that is absent never gets here and
// stays the zero value, which is refused where it is used.
func (r *Recipients) UnmarshalJSON(b []byte) error {
	var ids []UserID
	if err := json.Unmarshal(b, &ids); err != nil {
		return fmt.Errorf("recipients: %w", err)
	}
	made, err := NewRecipients(ids)
	if err != nil {
		return err
	}
	*r = made
	return nil
}
