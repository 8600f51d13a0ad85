package im

import (
	"bytes"
	"encoding/json"
	"strings"
)

// field is one key of an encoded message, in its place.
type field struct {
	key   string
	value string
}

type fields []field

func split(t interface{ Fatal(...any) }, body []byte) fields {
	dec := json.NewDecoder(bytes.NewReader(body))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	var f fields
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		f = append(f, field{`"` + key.(string) + `"`, string(value)})
	}
	return f
}

func (f fields) join() []byte {
	parts := make([]string, len(f))
	for i, x := range f {
		parts[i] = x.key + ":" + x.value
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

func (f fields) value(key string) string {
	for _, x := range f {
		if x.key == `"`+key+`"` {
			return x.value
		}
	}
	return ""
}

// The changes that a bug or an attacker could make to an encoded message.
func set(key, value string) func(fields) []byte {
	return func(f fields) []byte {
		for i := range f {
			if f[i].key == `"`+key+`"` {
				f[i].value = value
			}
		}
		return f.join()
	}
}

func rename(key, as string) func(fields) []byte {
	return func(f fields) []byte {
		for i := range f {
			if f[i].key == `"`+key+`"` {
				f[i].key = as
			}
		}
		return f.join()
	}
}

func drop(key string) func(fields) []byte {
	return func(f fields) []byte {
		var kept fields
		for _, x := range f {
			if x.key != `"`+key+`"` {
				kept = append(kept, x)
			}
		}
		return kept.join()
	}
}

func before(key, value string) func(fields) []byte {
	return func(f fields) []byte { return append(fields{{key, value}}, f...).join() }
}

func after(key, value string) func(fields) []byte {
	return func(f fields) []byte { return append(f, field{key, value}).join() }
}

// list changes the recipients as text.
func list(change func(ids []string) []string) func(fields) []byte {
	return func(f fields) []byte {
		var ids []json.RawMessage
		if err := json.Unmarshal([]byte(f.value("To_Account")), &ids); err != nil {
			panic(err)
		}
		var texts []string
		for _, id := range ids {
			texts = append(texts, string(id))
		}
		return set("To_Account", "["+strings.Join(change(texts), ",")+"]")(f)
	}
}

func whole(change func(string) string) func(fields) []byte {
	return func(f fields) []byte { return []byte(change(string(f.join()))) }
}

var mutations = map[string]func(fields) []byte{
	"no recipients: empty":                   set("To_Account", `[]`),
	"no recipients: null":                    set("To_Account", `null`),
	"no recipients: empty text":              set("To_Account", `""`),
	"no recipients: an object":               set("To_Account", `{}`),
	"no recipients: a number":                set("To_Account", `0`),
	"no recipients: false":                   set("To_Account", `false`),
	"no recipients: missing":                 drop("To_Account"),
	"no recipients: a list of null":          set("To_Account", `[null]`),
	"no recipients: a list of empty text":    set("To_Account", `[""]`),
	"no recipients: a list in a list":        list(func(ids []string) []string { return []string{"[" + strings.Join(ids, ",") + "]"} }),
	"no recipients: as text":                 func(f fields) []byte { return set("To_Account", `"alice"`)(f) },
	"misspelt: To_account":                   rename("To_Account", `"To_account"`),
	"misspelt: ToAccount":                    rename("To_Account", `"ToAccount"`),
	"misspelt: to_account":                   rename("To_Account", `"to_account"`),
	"misspelt: TO_ACCOUNT":                   rename("To_Account", `"TO_ACCOUNT"`),
	"misspelt: blank at the end":             rename("To_Account", `"To_Account "`),
	"misspelt: zero byte":                    rename("To_Account", `"To_Account\u0000"`),
	"misspelt: another script's o":           rename("To_Account", `"Tо_Account"`),
	"twice: in a spelling that folds alike":  after(`"MſgBody"`, `[]`),
	"disguised: with escapes":                rename("To_Account", `"To\u005fAccount"`),
	"disguised: all escapes":                 rename("To_Account", `"\u0054o_Account"`),
	"the sister API's name":                  rename("To_Account", `"ToMembers_Account"`),
	"twice: the empty one before":            before(`"To_Account"`, `[]`),
	"twice: the empty one after":             after(`"To_Account"`, `[]`),
	"twice: null after":                      after(`"To_Account"`, `null`),
	"twice: the second with escapes":         after(`"To_Accoun\u0074"`, `[]`),
	"twice: the second in another case":      after(`"to_account"`, `[]`),
	"twice: the same again":                  func(f fields) []byte { return after(`"To_Account"`, f.value("To_Account"))(f) },
	"others: one more":                       list(func(ids []string) []string { return append(ids, `"eve"`) }),
	"others: one fewer":                      list(func(ids []string) []string { return ids[1:] }),
	"others: somebody else":                  list(func(ids []string) []string { return append([]string{`"eve"`}, ids[1:]...) }),
	"others: one in another case":            list(func(ids []string) []string { return append([]string{strings.ToUpper(ids[0])}, ids[1:]...) }),
	"others: a number":                       list(func(ids []string) []string { return append([]string{"1"}, ids[1:]...) }),
	"others: null":                           list(func(ids []string) []string { return append([]string{"null"}, ids[1:]...) }),
	"others: the first twice":                list(func(ids []string) []string { return append([]string{ids[0]}, ids...) }),
	"others: fifty-one":                      list(func([]string) []string { return strings.Split(strings.Repeat(`"u",`, 50)+`"u"`, ",") }),
	"others: five hundred":                   list(func([]string) []string { return strings.Split(strings.Repeat(`"u",`, 499)+`"u"`, ",") }),
	"mentions: everybody":                    after(`"GroupAtInfo"`, `[{"GroupAtAllFlag":1}]`),
	"mentions: none":                         after(`"GroupAtInfo"`, `[]`),
	"mentions: null":                         before(`"GroupAtInfo"`, `null`),
	"mentions: in another case":              after(`"groupatinfo"`, `[{"GroupAtAllFlag":1}]`),
	"mentions: with escapes":                 after(`"GroupAt\u0049nfo"`, `[{"GroupAtAllFlag":1}]`),
	"another group":                          set("GroupId", `"@TGS#2OTHER"`),
	"a Community":                            set("GroupId", `"@TGS#_abc"`),
	"no group":                               drop("GroupId"),
	"a group of null":                        set("GroupId", `null`),
	"two groups":                             after(`"GroupId"`, `"@TGS#2OTHER"`),
	"a topic":                                after(`"TopicId"`, `"@TGS#_x@TOPIC#_y"`),
	"another sender":                         set("From_Account", `"administrator"`),
	"no sender":                              drop("From_Account"),
	"an empty sender":                        set("From_Account", `""`),
	"another Random":                         set("Random", `77`),
	"no Random":                              drop("Random"),
	"Random as text":                         func(f fields) []byte { return set("Random", `"`+f.value("Random")+`"`)(f) },
	"Random as a float":                      func(f fields) []byte { return set("Random", f.value("Random")+`.0`)(f) },
	"callbacks: both allowed":                set("ForbidCallbackControl", `[]`),
	"callbacks: one allowed":                 set("ForbidCallbackControl", `["ForbidBeforeSendMsgCallback"]`),
	"callbacks: not said":                    drop("ForbidCallbackControl"),
	"body: empty":                            set("MsgBody", `[]`),
	"body: null":                             set("MsgBody", `null`),
	"body: an object":                        set("MsgBody", `{}`),
	"body: missing":                          drop("MsgBody"),
	"body: a relay of other messages":        set("MsgBody", `[{"MsgType":"TIMRelayElem","MsgContent":{}}]`),
	"body: two custom elements":              set("MsgBody", `[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"a","Desc":""}},{"MsgType":"TIMCustomElem","MsgContent":{"Data":"b","Desc":""}}]`),
	"body: push text in a custom element":    set("MsgBody", `[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"a","Desc":"the answer"}}]`),
	"body: a repeated key inside":            set("MsgBody", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a","Text":"b"}}]`),
	"body: an extra key inside":              set("MsgBody", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a"},"To_Account":[]}]`),
	"body: content that is text":             set("MsgBody", `[{"MsgType":"TIMTextElem","MsgContent":"a"}]`),
	"body: null inside":                      set("MsgBody", `[null]`),
	"body: far too large":                    set("MsgBody", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"`+strings.Repeat("a", 12<<10)+`"}}]`),
	"push: the message itself":               set("OfflinePushInfo", `{"PushFlag":0,"Desc":"the answer"}`),
	"push: whatever the elements say":        set("OfflinePushInfo", `{"PushFlag":0}`),
	"push: missing":                          drop("OfflinePushInfo"),
	"push: null":                             set("OfflinePushInfo", `null`),
	"push: with an extension":                set("OfflinePushInfo", `{"PushFlag":1,"Ext":"x"}`),
	"push: a flag that is true":              set("OfflinePushInfo", `{"PushFlag":true}`),
	"push: two flags":                        set("OfflinePushInfo", `{"PushFlag":1,"PushFlag":0}`),
	"mark: the message itself":               set("CloudCustomData", `"the answer"`),
	"mark: missing":                          drop("CloudCustomData"),
	"priority: unknown":                      set("MsgPriority", `"high"`),
	"priority: missing":                      drop("MsgPriority"),
	"only for those online":                  after(`"OnlineOnlyFlag"`, `1`),
	"not the last message":                   after(`"SendMsgControl"`, `["NoLastMsg"]`),
	"a key unheard of":                       after(`"Anything"`, `1`),
	"an empty key":                           after(`""`, `1`),
	"whole: nothing":                         whole(func(string) string { return "" }),
	"whole: an empty object":                 whole(func(string) string { return "{}" }),
	"whole: null":                            whole(func(string) string { return "null" }),
	"whole: in a list":                       whole(func(s string) string { return "[" + s + "]" }),
	"whole: in an object":                    whole(func(s string) string { return `{"Request":` + s + "}" }),
	"whole: twice":                           whole(func(s string) string { return s + s }),
	"whole: followed by an object":           whole(func(s string) string { return s + "{}" }),
	"whole: followed by a brace":             whole(func(s string) string { return s + "}" }),
	"whole: cut off":                         whole(func(s string) string { return s[:len(s)/2] }),
	"whole: without its end":                 whole(func(s string) string { return s[:len(s)-1] }),
	"whole: with a comment":                  whole(func(s string) string { return strings.Replace(s, ",", ",/**/", 1) }),
	"whole: with a byte order mark":          whole(func(s string) string { return "\ufeff" + s }),
	"whole: not UTF-8":                       whole(func(s string) string { return strings.Replace(s, `{"Text":"`, `{"Text":"`+"\xff", 1) }),
	"whole: as a form":                       whole(func(string) string { return "GroupId=%40TGS%232QUIZROOM1&To_Account=alice" }),
	"whole: an object where a key should be": whole(func(s string) string { return "{" + s }),
	"whole: nested without end":              whole(func(string) string { return strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000) }),
}
