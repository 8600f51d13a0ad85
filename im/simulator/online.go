package simulator

type onlineAnswer struct {
	envelope
	QueryResult []entry
	ErrorList   []batchFailure `json:",omitempty"`
}

// maxAsked is the most accounts of one query_online_status.
const maxAsked = 500

// queryOnline is query_online_status.
func (s *Simulator) queryOnline(c *call) (any, error) {
	ids, isArray, err := c.body.accounts("To_Account")
	c.note.Recipients = len(ids)
	switch {
	case err != nil || !isArray:
		return nil, refuse(90003, "To_Account is not an array of ids")
	case len(ids) == 0:
		return nil, refuse(90001, "To_Account is empty")
	case len(ids) > maxAsked:
		return nil, refuse(90011, "To_Account has more than 500 entries")
	}
	detail, _, err := c.body.integer("IsNeedDetail", 1)
	if err != nil {
		return nil, refuse(90001, "IsNeedDetail is neither 0 nor 1")
	}
	answer := onlineAnswer{envelope: okay, QueryResult: []entry{}}
	for _, id := range ids {
		if s.unknown(id) {
			answer.ErrorList = append(answer.ErrorList, batchFailure{id, 70107})
			continue
		}
		status := onlineStatus(s.accounts[id])
		one := entry{"To_Account": id, s.modes.OnlineStatus: status}
		if detail == 1 && status == "Online" {
			one["Detail"] = []entry{{"Platform": "Android", "Status": status}}
		}
		answer.QueryResult = append(answer.QueryResult, one)
	}
	if len(answer.QueryResult) == 0 {
		return nil, refuse(70107, "none of the accounts exists")
	}
	return answer, nil
}
