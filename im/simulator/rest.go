package simulator

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
)

const groupService = "group_open_http_svc"

// commands are the REST calls the simulator knows, by service and name.
var commands = map[string]func(*Simulator, *call) (any, error){
	groupService + "/send_group_msg":                  (*Simulator).sendGroupMsg,
	groupService + "/get_appid_group_list":            (*Simulator).listGroups,
	groupService + "/get_group_info":                  (*Simulator).groupInfo,
	groupService + "/get_group_member_info":           (*Simulator).memberInfo,
	groupService + "/get_specified_group_member_info": (*Simulator).specifiedMemberInfo,
	groupService + "/get_role_in_group":               (*Simulator).roleInGroup,
	groupService + "/group_msg_get_simple":            (*Simulator).groupHistory,
	groupService + "/group_msg_recall":                (*Simulator).groupRecall,
	groupService + "/add_group_member":                (*Simulator).addMembers,
	groupService + "/delete_group_member":             (*Simulator).deleteMembers,
	groupService + "/modify_group_member_info":        (*Simulator).modifyMember,
	groupService + "/change_group_owner":              (*Simulator).changeOwner,
	groupService + "/forbid_send_msg":                 (*Simulator).forbidSendMsg,
	groupService + "/destroy_group":                   (*Simulator).destroyGroup,
	groupService + "/send_group_system_notification":  (*Simulator).notifyGroup,
	"openim/modify_group_msg":                         (*Simulator).modifyGroupMsg,
	"openim/query_online_status":                      (*Simulator).queryOnline,
	"openim_robot_http_svc/create_robot":              (*Simulator).createRobot,
	"openim_robot_http_svc/delete_robot":              (*Simulator).deleteRobot,
	"openim_robot_http_svc/get_all_robots":            (*Simulator).allRobots,
	"ConfigSvc/GetIPList":                             (*Simulator).addresses,
	"openim/sendmsg":                                  (*Simulator).sendMsg,
	"openim/batchsendmsg":                             (*Simulator).batchSendMsg,
	"im_open_login_svc/account_import":                (*Simulator).accountImport,
	"im_open_login_svc/multiaccount_import":           (*Simulator).accountsImport,
	"im_open_login_svc/account_check":                 (*Simulator).accountCheck,
}

// maxBody and maxAnswer bound a request and its answer (10018 above it).
const (
	maxBody   = 1 << 20
	maxAnswer = 1 << 20
)

// call is one request of the REST API on its way from the socket to its answer.
type call struct {
	service, command string
	query            url.Values
	identifier       string
	at               time.Time
	body             fields
	lie              string // the kind of fault that falsifies this answer, or ""
	note             Call   // what will be recorded
}

func (c *call) path() string { return c.service + "/" + c.command }

// refusal is an answer with an ErrorCode other than 0.
type refusal struct {
	code int
	info string
}

func (r *refusal) Error() string { return strconv.Itoa(r.code) + " " + r.info }

func refuse(code int, info string) error { return &refusal{code, info} }

// number reads a choice of Modes that is an ErrorCode, which complete made sure
// of.
func number(choice string) int {
	code, _ := strconv.Atoi(choice)
	return code
}

// envelope begins every answer (product/1047/34620).
type envelope struct {
	ActionStatus string
	ErrorInfo    string
	ErrorCode    int
}

var okay = envelope{ActionStatus: "OK"}

func failure(code int, info string) envelope {
	return envelope{ActionStatus: "FAIL", ErrorCode: code, ErrorInfo: info}
}

// serveREST answers one call: always with status 200, unless a fault was asked
// for.
func (s *Simulator) serveREST(c echo.Context) error {
	r := c.Request()
	in := &call{service: c.Param("service"), command: c.Param("command"), query: r.URL.Query(), at: s.Now()}
	in.identifier = in.query.Get("identifier")
	in.note = Call{API: in.command, Time: in.at, Recipients: NoList}
	body := readWhole(r.Body)
	fault := s.takeFault(in)
	if fault.before() {
		return s.spoil(c, in, fault, nil)
	}
	if !fault.waitBefore(s, r) {
		return s.hangUp(c, in)
	}
	answer := s.carryOut(in, r.Method, body)
	if fault != nil {
		return s.spoil(c, in, fault, answer)
	}
	s.keep(in)
	return writeJSON(c, answer)
}

// readWhole reads a body; one that is too long or broken off is not JSON, which
// is what will be answered.
func readWhole(r io.Reader) []byte {
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err != nil || len(body) > maxBody {
		return nil
	}
	return body
}

// carryOut checks and executes a call under the lock and returns its encoded
// answer.
func (s *Simulator) carryOut(c *call, method string, body []byte) []byte {
	var well bool
	c.body, well = parseObject(body)
	s.mu.Lock()
	answer, err := s.execute(c, method, well)
	s.mu.Unlock()
	encoded, err := encode(answer, err)
	if r, ok := errors.AsType[*refusal](err); ok {
		c.note.Code = r.code
	}
	return encoded
}

func (s *Simulator) execute(c *call, method string, well bool) (any, error) {
	if method != http.MethodPost {
		return nil, refuse(60009, "only POST is served")
	}
	if err := s.admit(c); err != nil {
		return nil, err
	}
	if !well {
		return nil, refuse(s.badBody(c), "the body is not a JSON object")
	}
	answer, err := commands[c.path()](s, c)
	if err == nil && !sends[c.command] {
		c.note.Effect = true
	}
	return answer, err
}

func (s *Simulator) badBody(c *call) int {
	switch c.service {
	case groupService:
		return number(s.modes.BadBody)
	case "openim":
		return 90001
	}
	return 60003
}

// encode writes an answer, or the envelope of a refusal, which it returns too.
func encode(answer any, err error) ([]byte, error) {
	if r, ok := errors.AsType[*refusal](err); ok {
		answer = failure(r.code, r.info)
	}
	encoded, encodeErr := json.Marshal(answer)
	if encodeErr != nil {
		err = refuse(10002, "the answer cannot be encoded")
	} else if len(encoded) > maxAnswer {
		err = refuse(10018, "the answer is over 1 MB")
	} else {
		return encoded, err
	}
	return encode(nil, err)
}

func writeJSON(c echo.Context, body []byte) error {
	return c.Blob(http.StatusOK, "application/json; charset=utf-8", body)
}
