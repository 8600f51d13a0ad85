package receipts

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// Opened is the names and texts of a receipt, in the order of the hashes in its
// body. Nil is one that was erased.
type Opened struct {
	Names []*Veiled `json:"names,omitempty"`
	Texts []*Veiled `json:"texts,omitempty"`
}

// Veiled is a salt, hex, and what stands as a hash under it.
type Veiled [2]string

// hash is what a body has of it.
func (v Veiled) hash() (string, error) {
	salt, err := hex.DecodeString(v[0])
	return keyed(salt, []byte(v[1])), err
}

// keyed is hex HMAC-SHA-256.
func keyed(key, text []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil))
}

// newKey is 16 random bytes, which is more than anybody can try.
func newKey() []byte {
	key := make([]byte, 16)
	_, _ = rand.Read(key) // it never fails: the program ends instead
	return key
}

// veil gives names and texts their places.
type veil struct {
	opened       Opened
	names, texts []string // hashes
	known        map[chat.UserID]Name
}

func (v *veil) name(id chat.UserID) Name {
	if id == "" {
		return 0
	}
	if n, ok := v.known[id]; ok {
		return n
	}
	if v.known == nil {
		v.known = map[chat.UserID]Name{}
	}
	hidden(&v.opened.Names, &v.names, string(id))
	v.known[id] = Name(len(v.names))
	return v.known[id]
}

func (v *veil) text(s string) Text {
	if s == "" {
		return 0
	}
	hidden(&v.opened.Texts, &v.texts, s)
	return Text(len(v.texts))
}

func hidden(opened *[]*Veiled, hashes *[]string, s string) {
	salt := newKey()
	*opened = append(*opened, &Veiled{hex.EncodeToString(salt), s})
	*hashes = append(*hashes, keyed(salt, []byte(s)))
}

func (v *veil) all(ids []chat.UserID) []Name {
	var list []Name
	for _, id := range ids {
		list = append(list, v.name(id))
	}
	return list
}

func (v *veil) rule(a chat.Audience) Rule {
	r := Rule{Everyone: a.Everyone, Roles: slices.Clone(a.Roles), Users: v.all(a.Users), Except: v.all(a.Except)}
	for _, x := range a.AnyOf {
		r.AnyOf = append(r.AnyOf, v.rule(x))
	}
	return r
}
