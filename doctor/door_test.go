package doctor_test

const (
	token      = "a-token-of-callbacks-that-nobody-guesses"
	pathSecret = "a-part-of-the-path-that-nobody-guesses"
)
