package im

import (
	"sync"
	"time"

	"github.com/botd-chat/botd/chat"
)

// replaceAgain is how soon a signature made in place of a refused one may be
// replaced in turn. Replacing it at every call would end in 70050, which locks
// the application out for a minute.
const replaceAgain = time.Minute

// signer keeps one UserSig for the administrator and makes a new one in time.
type signer struct {
	app  uint64
	user chat.UserID
	key  SecretKey
	life time.Duration
	now  func() time.Time

	mu       sync.Mutex
	sig      string
	made     time.Time
	replaced time.Time // when one was last refused and replaced
}

// current is a signature with at least a fifth of its life left. A clock that
// was set back makes a new one too, since the old one then ends who knows when.
func (s *signer) current() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.sig != "" && !now.Before(s.made) && now.Sub(s.made) <= s.life*4/5 {
		return s.sig, nil
	}
	return s.make(now)
}

// replace is a signature other than the one that was refused. It is made only
// once when many calls are refused together. ok is false when the refused one is
// itself a recent replacement: another would be refused too.
func (s *signer) replace(refused string) (sig string, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sig != refused && s.sig != "" {
		return s.sig, true, nil
	}
	now := s.now()
	if since := now.Sub(s.replaced); !s.replaced.IsZero() && since >= 0 && since < replaceAgain {
		return "", false, nil
	}
	s.replaced = now
	sig, err = s.make(now)
	return sig, err == nil, err
}

func (s *signer) make(now time.Time) (string, error) {
	sig, err := UserSig(Claims{SDKAppID: s.app, User: s.user, Made: now, Life: s.life}, s.key)
	if err != nil {
		return "", err
	}
	s.sig, s.made = sig, now
	return sig, nil
}
