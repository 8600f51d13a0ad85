package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"sync"
	"time"
)

// marker stands before the number of a webhook in its text, so that the stub
// can tell which one arrived.
const marker = "bench webhook "

// stub answers like the service, and as fast as it can: it checks nothing.
type stub struct {
	mu      sync.Mutex
	arrived map[int]int64 // number of the webhook → when it came, Unix ns
}

func serveStub(ctx context.Context, address string) error {
	s := &stub{arrived: map[int]int64{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v4/", s.api)
	mux.HandleFunc("GET /arrived", s.tell)
	mux.HandleFunc("POST /reset", s.reset)
	return serve(ctx, address, mux)
}

func (s *stub) api(w http.ResponseWriter, r *http.Request) {
	now := time.Now().UnixNano()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	answer := `"ErrorCode":0`
	switch path.Base(r.URL.Path) {
	case "send_group_msg":
		s.note(body, now)
		answer += `,"MsgTime":1,"MsgSeq":1`
	case "get_group_info":
		answer += `,"GroupInfo":[{"GroupId":` + string(groupOf(body)) + `,"ErrorCode":0,"Type":"Public","Name":"b","Owner_Account":"owner","MemberNum":3}]`
	case "get_group_member_info":
		answer += `,"MemberNum":3,"MemberList":[{"Member_Account":"owner","Role":"Owner"},{"Member_Account":"admin1","Role":"Admin"},{"Member_Account":"member1","Role":"Member"}]`
	case "get_role_in_group":
		answer += `,"UserIdList":[{"Member_Account":"owner","Role":"Owner"},{"Member_Account":"admin1","Role":"Admin"}]`
	}
	_, _ = io.WriteString(w, `{"ActionStatus":"OK","ErrorInfo":"",`+answer+`}`)
}

func groupOf(body []byte) json.RawMessage {
	var q struct {
		IDs []json.RawMessage `json:"GroupIdList"`
	}
	if json.Unmarshal(body, &q) != nil || len(q.IDs) == 0 {
		return json.RawMessage(`""`)
	}
	return q.IDs[0]
}

func (s *stub) note(body []byte, now int64) {
	_, after, ok := bytes.Cut(body, []byte(marker))
	if !ok {
		return
	}
	end := bytes.IndexByte(after, '.')
	n, err := strconv.Atoi(string(after[:max(end, 0)]))
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.arrived[n]; !again {
		s.arrived[n] = now
	}
}

// tell answers how many arrived, and with ?times=1 when.
func (s *stub) tell(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := arrivals{Count: len(s.arrived)}
	if r.URL.Query().Get("times") != "" {
		answer.Times = s.arrived
	}
	_ = json.NewEncoder(w).Encode(answer)
}

type arrivals struct {
	Count int
	Times map[int]int64
}

func (s *stub) reset(http.ResponseWriter, *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived = map[int]int64{}
}

// serve listens until the context ends.
func serve(ctx context.Context, address string, h http.Handler) error {
	server := &http.Server{Addr: address, Handler: h, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	select {
	case err := <-ended:
		return fmt.Errorf("listening on %s: %w", address, err)
	case <-ctx.Done():
		return server.Close()
	}
}
