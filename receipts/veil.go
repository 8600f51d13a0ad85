package receipts

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	mathrand "math/rand/v2"
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
	if len(key) > sha256.BlockSize {
		mac := hmac.New(sha256.New, key)
		mac.Write(text)
		return hexed(mac.Sum(nil))
	}
	var room [4 * sha256.BlockSize]byte
	inner := sha256.Sum256(append(padded(room[:0], key, 0x36), text...))
	outer := sha256.Sum256(append(padded(room[:0], key, 0x5c), inner[:]...))
	return hexed(outer[:])
}

// A receipt has one such hash for each name, each under a key of its own, and
// most of what crypto/hmac takes for one is making what a second would use again.
// So the two hashes of RFC 2104 are taken here, as those of two short texts.
func padded(b, key []byte, pad byte) []byte {
	from := len(b)
	b = append(b, key...)
	for len(b) < from+sha256.BlockSize {
		b = append(b, 0)
	}
	for i := range b[from:] {
		b[from+i] ^= pad
	}
	return b
}

func sumOf(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

// hexed is b in hex; it is short.
func hexed(b []byte) string {
	var room [2 * sha256.Size]byte
	return string(hex.AppendEncode(room[:0], b))
}

// keys are random bytes that no key was cut from yet. Asking for those of
// several keys at once takes no longer than for those of one.
type keys struct{ left []byte }

const keySize = 16 // bytes, which is more than anybody can try

func (k *keys) next() []byte {
	if len(k.left) < keySize {
		k.left = make([]byte, 12*keySize)
		_, _ = rand.Read(k.left) // it never fails: the program ends instead
	}
	key := k.left[:keySize:keySize]
	k.left = k.left[keySize:]
	return key
}

// veil gives names and texts their places.
type veil struct {
	keys         keys
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
	v.hide(&v.opened.Names, &v.names, string(id))
	v.known[id] = Name(len(v.names))
	return v.known[id]
}

func (v *veil) text(s string) Text {
	if s == "" {
		return 0
	}
	v.hide(&v.opened.Texts, &v.texts, s)
	return Text(len(v.texts))
}

func (v *veil) hide(opened *[]*Veiled, hashes *[]string, s string) {
	salt := v.keys.next()
	*opened = append(*opened, &Veiled{hexed(salt), s})
	*hashes = append(*hashes, keyed(salt, []byte(s)))
}

// mix gives users their places, in an order that says nothing. Recipients are
// sorted: few can stand between two others, and who was erased would be found.
func (v *veil) mix(ids []chat.UserID) {
	mathrand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] }) //nolint:gosec // the global one is ChaCha8 under a seed of the system
	for _, id := range ids {
		v.name(id)
	}
}

// mentioned lists all users of a rule.
func mentioned(a chat.Audience) []chat.UserID {
	ids := slices.Concat(a.Users, a.Except)
	for _, x := range a.AnyOf {
		ids = append(ids, mentioned(x)...)
	}
	if a.Within != nil {
		ids = append(ids, mentioned(*a.Within)...)
	}
	return ids
}

// all are the places of users, the first first.
func (v *veil) all(ids []chat.UserID) []Name {
	var list []Name
	for _, id := range ids {
		list = append(list, v.name(id))
	}
	slices.Sort(list)
	return list
}

func (v *veil) rule(a chat.Audience) Rule {
	r := Rule{Everyone: a.Everyone, Roles: slices.Clone(a.Roles), Users: v.all(a.Users), Except: v.all(a.Except)}
	for _, x := range a.AnyOf {
		r.AnyOf = append(r.AnyOf, v.rule(x))
	}
	if a.Within != nil {
		within := v.rule(*a.Within)
		r.Within = &within
	}
	r.Where = v.text(a.Where)
	return r
}
