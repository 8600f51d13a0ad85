package problem_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/problem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAnErrorIsWrittenAsProblemDetails(t *testing.T) {
	w := httptest.NewRecorder()
	problem.Write(w, problem.Details{Status: http.StatusNotFound, Detail: "There is no such hook.", Request: "r1", Mistakes: []problem.Mistake{{Line: 3, What: "is empty"}}})
	var got problem.Details
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := problem.Details{Title: "Not Found", Status: 404, Detail: "There is no such hook.", Request: "r1", Mistakes: []problem.Mistake{{Line: 3, What: "is empty"}}}
	if !reflect.DeepEqual(got, want) || w.Code != 404 {
		t.Errorf("%d %+v", w.Code, got)
	}
	for name, value := range map[string]string{"Content-Type": "application/problem+json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if w.Header().Get(name) != value {
			t.Errorf("%s: %q", name, w.Header().Get(name))
		}
	}
}
