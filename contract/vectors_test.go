package contract

import (
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/plugins"
)

func TestAHostTakesWhatTheRepliesSayAndRefusesTheRest(t *testing.T) {
	for _, v := range Replies() {
		t.Run(v.Name, func(t *testing.T) {
			r, err := plugins.ReadReply(v.Reply)
			if err == nil {
				err = Valid(r)
			}
			switch {
			case v.Want == "taken" && err != nil:
				t.Errorf("refused: %v", err)
			case v.Want == "refused" && (err == nil || !strings.Contains(err.Error(), v.Because)):
				t.Errorf("got %v, want an error that says %q", err, v.Because)
			case v.Want != "taken" && v.Want != "refused":
				t.Errorf("wants %q", v.Want)
			}
		})
	}
}

func TestSignaturesAreCheckedAsTheVectorsSay(t *testing.T) {
	valid := 0
	for _, v := range Signatures() {
		key, err := plugins.ParseSigningKey(v.Key)
		if err != nil {
			t.Fatal(err)
		}
		err = key.Verify(v.ID, v.Timestamp, v.Signature, time.Unix(v.Now, 0), []byte(v.Body))
		if (err == nil) != v.Valid {
			t.Errorf("%s Valid is %v, got %v", v.About, v.Valid, err)
		}
		if v.Valid {
			valid++
		}
	}
	if valid == 0 || valid == len(Signatures()) {
		t.Errorf("%d of %d are valid", valid, len(Signatures()))
	}
}
