package im

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

// vectors were made with Tencent's own library; none of the keys is in use.
const (
	key1 = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
	key2 = "0000000000000000000000000000000000000000000000000000000000000000"
	key3 = "f1e2d3c4b5a697887766554433221100ffeeddccbbaa99887766554433221100"
)

var vectors = map[string]struct {
	claims Claims
	key    string
	sig    string // TLS.sig
}{
	"V1": {Claims{1400000000, "xiaojun", time.Unix(1546300800, 0), 15552000 * time.Second, nil}, key1, "exL/pb5fzh4FFPEiiHv1D14iRFdIdVnVzCSaQbogxOg="},
	"V2": {Claims{1400001001, "administrator", time.Unix(1700000000, 0), 86400 * time.Second, nil}, key1, "zfv+syIQDi5H1PbMlh0c4tBZsLlDw66JPnKjrR3gSFg="},
	"V3": {Claims{88888888, "admin", time.Unix(1767225600, 0), 604800 * time.Second, nil}, key2, "CUJw2HU4GV/cpCF1Lx1xSzf1/+DH9dlEzULR+LASe4o="},
	"V4": {Claims{20000001, "@RBT#001", time.Unix(1767225600, 0), 3600 * time.Second, nil}, key3, "xKstdPPE2yXWwHD7HJnPLCEcLvmbI7XaFZV39IqFQ2c="},
	"V5": {Claims{1400001001, "administrator", time.Unix(1700000000, 0), 86400 * time.Second, []byte("buf")}, key1, "U6GpKaVSHo0Uvw+aABTBPil+HY4F41KhKkjeIn1y1LM="},
}

func mustKey(t testing.TB, text string) SecretKey {
	t.Helper()
	k, err := NewSecretKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// inside decodes a UserSig's JSON without the code under test.
func inside(t testing.TB, sig string) map[string]any {
	t.Helper()
	text := strings.NewReplacer("*", "+", "-", "/", "_", "=").Replace(sig)
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := inflate(packed)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func wantSigCode(t *testing.T, err error, code int) {
	t.Helper()
	e, ok := errors.AsType[*SigError](err)
	if !ok || e.Code != code {
		t.Fatalf("got %v, want a SigError with code %d", err, code)
	}
}

func TestUserSigIsSignedAsTencentsLibraryDoes(t *testing.T) {
	for id, v := range vectors {
		t.Run(id, func(t *testing.T) {
			sig, err := UserSig(v.claims, mustKey(t, v.key))
			if err != nil {
				t.Fatal(err)
			}
			if got := inside(t, sig)["TLS.sig"]; got != v.sig {
				t.Errorf("TLS.sig is %v, want %s", got, v.sig)
			}
			if _, err := CheckUserSig(sig, v.claims.SDKAppID, v.claims.User, mustKey(t, v.key), v.claims.Made); err != nil {
				t.Errorf("its own check refuses it: %v", err)
			}
		})
	}
}

func TestCompleteUserSigsOfTencentsLibraryAreValid(t *testing.T) {
	text, err := os.ReadFile("testdata/usersigs.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		v := vectors[f[0]]
		n++
		t.Run(f[0]+" "+f[1], func(t *testing.T) {
			c, err := CheckUserSig(f[2], v.claims.SDKAppID, v.claims.User, mustKey(t, v.key), v.claims.Expires())
			if err != nil {
				t.Fatal(err)
			}
			if !c.Made.Equal(v.claims.Made) || c.Life != v.claims.Life || string(c.Buffer) != string(v.claims.Buffer) {
				t.Errorf("it says %+v, want %+v", c, v.claims)
			}
			if got := inside(t, f[2])["TLS.sig"]; got != v.sig {
				t.Errorf("TLS.sig is %v, want %s", got, v.sig)
			}
		})
	}
	if n != 10 {
		t.Fatalf("read %d UserSigs, want 10", n)
	}
}

func TestRule11_UserSigsAreCheckedByWhatTheySay(t *testing.T) {
	v1, v2 := vectors["V1"], vectors["V2"]
	key := mustKey(t, key1)
	sig, err := UserSig(v2.claims, key)
	if err != nil {
		t.Fatal(err)
	}
	check := func(sig string, app uint64, user chat.UserID, k SecretKey, at int64) error {
		_, err := CheckUserSig(sig, app, user, k, time.Unix(at, 0))
		return err
	}
	t.Run("valid in its last second", func(t *testing.T) {
		if err := check(sig, 1400001001, "administrator", key, 1700086400); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("expired a second later", func(t *testing.T) {
		wantSigCode(t, check(sig, 1400001001, "administrator", key, 1700086401), 70001)
	})
	t.Run("another application", func(t *testing.T) {
		wantSigCode(t, check(sig, 1400001002, "administrator", key, 1700000000), 70014)
	})
	t.Run("another user, for case counts", func(t *testing.T) {
		wantSigCode(t, check(sig, 1400001001, "Administrator", key, 1700000000), 70013)
	})
	t.Run("another key", func(t *testing.T) {
		wantSigCode(t, check(sig, 1400001001, "administrator", mustKey(t, key2), 1700000000), 70009)
	})
	t.Run("no key", func(t *testing.T) {
		wantSigCode(t, check(sig, 1400001001, "administrator", SecretKey{}, 1700000000), 70016)
	})
	t.Run("each character of TLS.sig counts", func(t *testing.T) {
		for i := range v2.sig {
			s, err := readUserSig(sig)
			if err != nil {
				t.Fatal(err)
			}
			flipped := []byte(s.Sig)
			flipped[i] ^= 1
			s.Sig = string(flipped)
			plain, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			bad := toTencent.Replace(base64.StdEncoding.EncodeToString(deflate(plain)))
			wantSigCode(t, check(bad, 1400001001, "administrator", key, 1700000000), 70009)
		}
	})
	t.Run("a key that was decoded from hexadecimal is another key", func(t *testing.T) {
		raw, err := hex.DecodeString(key1)
		if err != nil {
			t.Fatal(err)
		}
		bad, err := UserSig(v1.claims, SecretKey{func() string { return string(raw) }})
		if err != nil {
			t.Fatal(err)
		}
		wantSigCode(t, check(bad, v1.claims.SDKAppID, v1.claims.User, key, v1.claims.Made.Unix()), 70009)
	})
	t.Run("the alphabet is Tencent's", func(t *testing.T) {
		for range 200 {
			v2.claims.Made = v2.claims.Made.Add(time.Second)
			s, err := UserSig(v2.claims, key)
			if err != nil {
				t.Fatal(err)
			}
			if strings.ContainsAny(s, "+/=") {
				t.Fatalf("%q is in the standard alphabet", s)
			}
		}
	})
	t.Run("the URL-safe alphabet of the standard library is not it", func(t *testing.T) {
		line := "eJw0js2qwjAUhN-lrC*9JzURCbhSi0LBn0r3KUnjUUxDrSVUfHchxlnOB9-MC85llZngqTcgmRAiR8S-2JI2bqCWTA8SAqnu*nTwRQ99U96TBsk4piRCFiSYUP77RrTThRfFYUO0HdmacToVeqdrV0*rSh2bzoa9XSblQPf4gM9niIufbozjeYbw-gQAAP--YzUykQ__"
		packed, err := base64.StdEncoding.DecodeString(fromTencent.Replace(line))
		if err != nil {
			t.Fatal(err)
		}
		wantSigCode(t, check(base64.URLEncoding.EncodeToString(packed), 1400000000, "xiaojun", key, 1546300800), 70003)
	})
}

func TestMalformedUserSigs(t *testing.T) {
	pack := func(s string) string {
		return toTencent.Replace(base64.StdEncoding.EncodeToString(deflate([]byte(s))))
	}
	const whole = `"TLS.ver":"2.0","TLS.identifier":"a","TLS.sdkappid":1,"TLS.time":1,"TLS.expire":9,"TLS.sig":"x"`
	cases := map[string]struct {
		sig  string
		code int
	}{
		"empty":                   {"", 70002},
		"not base64":              {"%%%", 70003},
		"not zlib":                {"AAAA", 70003},
		"not JSON":                {pack("hello"), 70003},
		"null":                    {pack("null"), 70003},
		"an array":                {pack("[]"), 70003},
		"cut off":                 {pack(`{` + whole + `}`)[:60], 70003},
		"another version":         {pack(`{` + strings.Replace(whole, "2.0", "1.0", 1) + `}`), 70003},
		"a key in another case":   {pack(`{` + strings.Replace(whole, "TLS.time", "tls.time", 1) + `}`), 70003},
		"a number as text":        {pack(`{` + strings.Replace(whole, `"TLS.time":1`, `"TLS.time":"1"`, 1) + `}`), 70003},
		"a null":                  {pack(`{` + strings.Replace(whole, `"TLS.time":1`, `"TLS.time":null`, 1) + `}`), 70003},
		"a buffer that is none":   {pack(`{` + whole + `,"TLS.userbuf":"%"}`), 70003},
		"a time beyond all times": {pack(`{` + strings.Replace(whole, `"TLS.time":1`, `"TLS.time":9223372036854775807`, 1) + `}`), 70003},
		"a life that overflows":   {pack(`{` + strings.Replace(whole, `"TLS.expire":9`, `"TLS.expire":9223372036854775807`, 1) + `}`), 70003},
		"a bomb":                  {pack(`{` + whole + strings.Repeat(" ", 4<<20) + `}`), 70003},
		"far too long":            {strings.Repeat("A", maxUserSig+4), 70003},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := CheckUserSig(c.sig, 1, "a", mustKey(t, key1), time.Unix(2, 0))
			wantSigCode(t, err, c.code)
		})
	}
}

func TestImpossibleClaimsAreNotSigned(t *testing.T) {
	good := vectors["V2"].claims
	key := mustKey(t, key1)
	for name, change := range map[string]func(*Claims, *SecretKey){
		"no key":                  func(_ *Claims, k *SecretKey) { *k = SecretKey{} },
		"no application":          func(c *Claims, _ *SecretKey) { c.SDKAppID = 0 },
		"no user":                 func(c *Claims, _ *SecretKey) { c.User = "" },
		"a user with a line feed": func(c *Claims, _ *SecretKey) { c.User = "a\nTLS.sdkappid:2" },
		"no life":                 func(c *Claims, _ *SecretKey) { c.Life = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			c, k := good, key
			change(&c, &k)
			if sig, err := UserSig(c, k); err == nil {
				t.Errorf("signed: %s", sig)
			}
		})
	}
}

func TestWhatIsSignedIsWhatIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		claims := Claims{
			SDKAppID: rapid.Uint64Min(1).Draw(t, "app"),
			User:     chat.UserID(rapid.StringMatching(`[ -~]{1,32}`).Draw(t, "user")),
			Made:     time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "made"), 0),
			Life:     time.Duration(rapid.Int64Range(1, 1<<28).Draw(t, "life")) * time.Second,
		}
		key, err := NewSecretKey(rapid.StringMatching(`[0-9a-f]{64}`).Draw(t, "key"))
		if err != nil {
			t.Fatal(err)
		}
		sig, err := UserSig(claims, key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := CheckUserSig(sig, claims.SDKAppID, claims.User, key, claims.Expires())
		if err != nil {
			t.Fatal(err)
		}
		if got.User != claims.User || !got.Made.Equal(claims.Made) || got.Life != claims.Life {
			t.Fatalf("signed %+v, read %+v", claims, got)
		}
		_, err = CheckUserSig(sig, claims.SDKAppID, claims.User, key, claims.Expires().Add(time.Second))
		if e, ok := errors.AsType[*SigError](err); !ok || e.Code != 70001 {
			t.Fatalf("a second after its end: %v", err)
		}
	})
}

func TestSignaturesAreKeptAndRenewed(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := &signer{app: 1, user: "admin", key: mustKey(t, key1), life: 100 * time.Minute, now: func() time.Time { return now }}
	current := func() string {
		t.Helper()
		sig, err := s.current()
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	first := current()
	now = now.Add(80 * time.Minute)
	if current() != first {
		t.Error("renewed with 20 % left, which is too early")
	}
	now = now.Add(time.Second)
	second := current()
	if second == first {
		t.Error("not renewed with less than 20 % left")
	}
	now = now.Add(-time.Hour)
	third := current()
	if third == second {
		t.Error("not renewed after the clock was set back")
	}

	now = now.Add(time.Second)
	fresh, ok, err := s.replace(third)
	if err != nil || !ok || fresh == third {
		t.Fatalf("a refused signature was not replaced: %v, %v", ok, err)
	}
	if again, ok, _ := s.replace(third); !ok || again != fresh {
		t.Error("a second call that was refused with the old one made another")
	}
	now = now.Add(time.Second)
	if _, ok, _ := s.replace(fresh); ok {
		t.Error("a replacement was replaced at once, which ends in 70050")
	}
	now = now.Add(replaceAgain)
	if _, ok, _ := s.replace(fresh); !ok {
		t.Error("not replaced a minute later")
	}
}

func FuzzCheckUserSig(f *testing.F) {
	text, err := os.ReadFile("testdata/usersigs.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f.Add(strings.Fields(line)[2])
	}
	f.Add("")
	key := mustKey(f, key3)
	f.Fuzz(func(t *testing.T, sig string) {
		// The only vector of key 3 is V4, in whatever packing.
		v := vectors["V4"].claims
		c, err := CheckUserSig(sig, v.SDKAppID, v.User, key, v.Made)
		if err == nil && (c.User != v.User || c.SDKAppID != v.SDKAppID || c.Life != v.Life) {
			t.Fatalf("accepted %+v", c)
		}
		if err != nil && !errors.As(err, new(*SigError)) {
			t.Fatalf("an error of another type: %v", err)
		}
	})
}
