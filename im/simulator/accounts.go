package simulator

import "encoding/json"

// accountImport is account_import (product/1047/34953). Importing an account
// again changes nothing.
func (s *Simulator) accountImport(c *call) (any, error) {
	id, err := c.body.account("UserID")
	if err != nil {
		return nil, err
	}
	if checkAccount(id) != nil {
		return nil, refuse(70402, "UserID needs 1 to 32 bytes")
	}
	for _, name := range []string{"Nick", "FaceUrl"} {
		if _, err := c.body.text(name); err != nil {
			return nil, refuse(70402, name+" is not a string")
		}
	}
	s.account(id)
	return okay, nil
}

type importAnswer struct {
	envelope
	FailAccounts []string
}

// accountsImport is multiaccount_import (product/1047/34954).
func (s *Simulator) accountsImport(c *call) (any, error) {
	ids, ok, err := c.body.accounts("Accounts")
	if err != nil {
		return nil, err
	}
	if !ok || len(ids) == 0 || len(ids) > 100 {
		return nil, refuse(70402, "Accounts is not an array of 1 to 100 ids")
	}
	answer := importAnswer{envelope: okay, FailAccounts: []string{}}
	for _, id := range ids {
		if checkAccount(id) != nil {
			answer.FailAccounts = append(answer.FailAccounts, id)
			continue
		}
		s.account(id)
	}
	return answer, nil
}

type checkedAccount struct {
	UserID        string
	ResultCode    int
	ResultInfo    string
	AccountStatus string
}

type checkAnswer struct {
	envelope
	ResultItem []checkedAccount
}

// accountCheck is account_check (product/1047/34956).
func (s *Simulator) accountCheck(c *call) (any, error) {
	var items []fields
	if json.Unmarshal(c.body["CheckItem"], &items) != nil || len(items) == 0 || len(items) > 100 {
		return nil, refuse(70402, "CheckItem is not an array of 1 to 100 objects")
	}
	answer := checkAnswer{envelope: okay}
	for _, item := range items {
		id, err := item.account("UserID")
		if err != nil {
			return nil, err
		}
		status := "Imported"
		if s.unknown(id) {
			status = "NotImported"
		}
		answer.ResultItem = append(answer.ResultItem, checkedAccount{UserID: id, AccountStatus: status})
	}
	return answer, nil
}
