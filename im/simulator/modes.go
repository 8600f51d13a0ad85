package simulator

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Modes chooses a reading wherever the public documents leave one open or
// disagree. An empty field means its first choice, which is the documented one
// or, where there is none, the dangerous one. A choice that is a number is the
// ErrorCode answered.
type Modes struct {
	UnknownCommand   string `json:"unknown_command" choices:"60009 10003"`              // 10003: for the group service only
	NotAdministrator string `json:"not_administrator" choices:"60010 service"`          // service: 10007 for groups, 90009 for openim
	BadBody          string `json:"bad_body" choices:"60003 10011"`                     // 10011: for the group service only
	GroupRate        string `json:"group_rate" choices:"drop 10023"`                    // over 40 messages/s: success with MsgDropReason, or an error
	EmptyList        string `json:"empty_list" choices:"broadcast 10004"`               // To_Account []
	OddList          string `json:"odd_list" choices:"broadcast 10004"`                 // To_Account null, "" or otherwise not an array
	LongList         string `json:"long_list" choices:"10005 10004 cut"`                // over 50; cut: the first 50
	ListWithAt       string `json:"list_with_at" choices:"broadcast 10004"`             // To_Account beside GroupAtInfo
	ListInWrongType  string `json:"list_in_wrong_type" choices:"broadcast 10007 10004"` // To_Account in Community, AVChatRoom
	ListInEdition    string `json:"list_in_edition" choices:"10059 broadcast"`          // To_Account in an edition without it
	UnknownTarget    string `json:"unknown_target" choices:"skip 10019"`                // a target without an account
	Duplicate        string `json:"duplicate" choices:"content random"`                 // content: group, sender, Random and MsgBody; random: group and Random
	DuplicateSeq     string `json:"duplicate_seq" choices:"first zero"`                 // MsgSeq in the answer to a duplicate
	RefusedRandom    string `json:"refused_random" choices:"free kept"`                 // kept: a message that was not delivered occupies its Random
	TargetedSeq      string `json:"targeted_seq" choices:"taken none"`                  // whether a targeted message takes a MsgSeq
	UnknownSender    string `json:"unknown_sender" choices:"10019 10004"`               // From_Account without an account
	SecondCustom     string `json:"second_custom" choices:"10004 accepted"`             // more than one TIMCustomElem
	AtAllInAVChat    string `json:"at_all_in_avchatroom" choices:"10004 accepted"`      // @all in an AVChatRoom
	OnlineAndControl string `json:"online_and_control" choices:"10004 accepted"`        // OnlineOnlyFlag 1 beside SendMsgControl
	TargetedHistory  string `json:"targeted_history" choices:"shown hidden"`            // whether an administrator finds targeted messages in a group's history
	HistoryInAVChat  string `json:"history_in_avchatroom" choices:"10007 10044"`        // an AVChatRoom's history
	Recall           string `json:"recall" choices:"allowed 10041 10031 10032"`         // 10041: of nothing; 10031: of nothing older than 2 minutes; 10032: of no targeted message
	RecalledAgain    string `json:"recalled_again" choices:"10030 0"`                   // what is recalled already
	MemberOffset     string `json:"member_offset" choices:"unfiltered filtered"`        // what Offset and Limit of get_group_member_info count
	AddAtMost        string `json:"add_at_most" choices:"300 100 20"`                   // entries of add_group_member, on which three pages disagree
	OnlineStatus     string `json:"online_status" choices:"Status State"`               // the field of query_online_status
	LongLife         string `json:"long_life" choices:"cut 90026"`                      // MsgLifeTime over seven days
	BeforeFailure    string `json:"before_failure" choices:"deliver 80003"`             // where a callback before the event is not answered, or not with JSON
	OtherVerdict     string `json:"other_verdict" choices:"ignored refused"`            // a code that is none of those for its answer; ignored: the message is delivered
	RewrittenSize    string `json:"rewritten_size" choices:"unchecked 80002"`           // content over 12 KB that a callback answers
	AfterRetry       string `json:"after_retry" choices:"never timeout"`                // whether callbacks after the event are sent again when they time out
	EventTime        string `json:"event_time" choices:"integer string"`                // in callbacks
	CallbackMsgID    string `json:"callback_msg_id" choices:"present absent"`           // MsgId in callbacks about messages
	ForbidForRobots  string `json:"forbid_for_robots" choices:"ignored suppressed"`     // what ForbidAfterSendMsgCallback does to the callbacks for robots
}

// ModeChoices lists for each mode, by its JSON name, what it may be set to,
// the default first.
func ModeChoices() map[string][]string {
	out := map[string][]string{}
	for f := range reflect.TypeFor[Modes]().Fields() {
		out[f.Tag.Get("json")] = choices(f)
	}
	return out
}

func choices(f reflect.StructField) []string { return strings.Fields(f.Tag.Get("choices")) }

// complete fills empty fields with their defaults and names every value that is
// no choice.
func (m Modes) complete() (Modes, error) {
	var errs []error
	v := reflect.ValueOf(&m).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if v.Field(i).String() == "" {
			v.Field(i).SetString(choices(f)[0])
		}
		if got := v.Field(i).String(); !slices.Contains(choices(f), got) {
			errs = append(errs, fmt.Errorf("mode %s cannot be %q; choose one of %s",
				f.Tag.Get("json"), got, strings.Join(choices(f), ", ")))
		}
	}
	return m, errors.Join(errs...)
}
