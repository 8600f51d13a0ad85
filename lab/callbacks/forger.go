package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/lab/rig"
)

// letter is a callback that the service never sent.
type letter struct {
	what    string
	query   url.Values
	body    map[string]any
	refused bool // it proves nothing; otherwise somebody has seen a Sign and puts another body under it
}

// sign is what the service writes beside a RequestTime (product/1047/34354).
func sign(token, at string) string {
	sum := sha256.Sum256([]byte(token + at))
	return hex.EncodeToString(sum[:])
}

// address is the query of a callback.
func address(command, token string, at time.Time) url.Values {
	seconds := strconv.FormatInt(at.Unix(), 10)
	return url.Values{"SdkAppid": {strconv.Itoa(rig.AppID)}, "CallbackCommand": {command}, "contenttype": {"json"}, "ClientIP": {"127.0.0.1"}, "OptPlatform": {"Android"},
		"RequestTime": {seconds}, "Sign": {sign(token, seconds)}}
}

// before is the body of a callback before a message.
func before(group, from, text string, random uint32) map[string]any {
	return map[string]any{"CallbackCommand": simulator.BeforeSendMsg, "GroupId": group, "Type": "Public", "From_Account": from, "Operator_Account": from, "Random": random,
		"MsgBody": []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": text}}}, "EventTime": time.Now().UnixMilli()}
}

// forged is what no forgery may say to anybody.
const forged = "forged"

// forge makes a letter. Those that are rightly signed claim that somebody has become an
// admin, or owner, or a member, that the group is gone, and that what everybody may see
// should have been held; none of it is true.
func (w *world) forge(r *rand.Rand, talk simulator.Message) letter {
	now, group, who := time.Now(), pick(r, w.groups), pick(r, w.typists)
	claim := func(command string, more map[string]any) letter {
		body := map[string]any{"CallbackCommand": command, "GroupId": group, "Type": "Public", "Operator_Account": "owner", "EventTime": now.UnixMilli()}
		for k, v := range more {
			body[k] = v
		}
		return letter{command, address(command, token, now), body, false}
	}
	said := before(group, who, "/answer "+forged, r.Uint32())
	unsigned := address(simulator.BeforeSendMsg, token, now)
	unsigned.Del("Sign")
	switch r.IntN(9) {
	case 0:
		return letter{"no Sign", unsigned, said, true}
	case 1:
		return letter{"an old Sign", address(simulator.BeforeSendMsg, token, now.Add(-6*time.Minute)), said, true}
	case 2:
		return letter{"a Sign of tomorrow", address(simulator.BeforeSendMsg, token, now.Add(time.Hour)), said, true}
	case 3:
		return letter{"another token", address(simulator.BeforeSendMsg, "a-guess", now), said, true}
	case 4:
		return claim(simulator.MemberFieldChanged, map[string]any{"Modified_Account": who, "Role": "Admin"})
	case 5:
		return claim(simulator.OwnerChanged, map[string]any{"OldOwner_Account": "owner", "NewOwner_Account": who})
	case 6:
		return claim(simulator.MemberJoined, map[string]any{"JoinType": "Apply", "NewMemberList": []any{map[string]any{"Member_Account": "mallory"}}})
	case 7:
		return claim(simulator.GroupDestroyed, map[string]any{"Owner_Account": "owner", "MemberList": []any{}})
	}
	// What a member said is claimed to be an answer, so that it would be taken back.
	after := before(talk.Group, talk.From, "/answer "+forged, talk.Random)
	after["CallbackCommand"], after["MsgSeq"], after["MsgTime"] = simulator.AfterSendMsg, max(talk.Seq, 1), now.Unix()
	return letter{"a leak that is none", address(simulator.AfterSendMsg, token, now), after, false}
}

// forging writes letters until ctx ends, and says how many.
func (w *world) forging(ctx context.Context, r *rand.Rand) (n letters, err error) {
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	talk := simulator.Message{Group: w.groups[0], From: w.typists[0]}
	for wait(ctx, 50*time.Millisecond) {
		if all := w.service.Spoken(); len(all) > 0 && n.all%20 == 0 {
			for _, s := range all[max(0, len(all)-50):] {
				if s.Told.Code == 0 && s.Told.Fate == simulator.Delivered && s.Text[0] == 't' {
					talk = simulator.Message{Group: s.Group, From: s.From, Random: s.Told.Random, Seq: s.Told.Seq}
				}
			}
		}
		l := w.forge(r, talk)
		status, err := post(ctx, client, w.endpoint, l.query, l.body)
		switch {
		case err != nil: // botd is dead at the moment
		case l.refused != (status == http.StatusUnauthorized), !l.refused && status != http.StatusOK:
			return n, fmt.Errorf("a forged callback, %s, was answered with status %d", l.what, status)
		case l.refused:
			n.refused++
			fallthrough
		default:
			n.all++
		}
	}
	return n, nil
}

// post sends a callback, and has the status of the answer.
func post(ctx context.Context, c *http.Client, to string, query url.Values, body map[string]any) (int, error) {
	status, _, err := exchange(ctx, c, to, query, body)
	return status, err
}

// ask sends a callback, and has the answer.
func ask(ctx context.Context, c *http.Client, to string, query url.Values, body map[string]any) (string, error) {
	_, answer, err := exchange(ctx, c, to, query, body)
	return answer, err
}

func exchange(ctx context.Context, c *http.Client, to string, query url.Values, body map[string]any) (status int, answer string, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to+"?"+query.Encode(), bytes.NewReader(text))
	if err != nil {
		return 0, "", err
	}
	res, err := c.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	read, err := io.ReadAll(res.Body)
	return res.StatusCode, string(read), err
}
