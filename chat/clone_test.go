package chat_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// full fills everything that a value has, so that a field that is added is looked at
// without a word about it here.
func full(v reflect.Value, depth int) {
	switch v.Kind() { //nolint:exhaustive // a message has nothing else
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Uint8:
		v.SetUint('7') // of raw JSON
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			full(v.Elem(), depth-1)
		}
	case reflect.Slice:
		if depth > 0 {
			v.Set(reflect.MakeSlice(v.Type(), 2, 4))
			for i := range 2 {
				full(v.Index(i), depth-1)
			}
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)))
			return
		}
		for _, field := range v.Fields() {
			full(field, depth)
		}
	default:
		panic("a message has a " + v.Kind().String())
	}
}

// shared is the first place at which two values have the same memory.
func shared(path string, a, b reflect.Value) string {
	switch a.Kind() { //nolint:exhaustive // nothing else holds memory
	case reflect.Pointer, reflect.Slice:
		if a.IsNil() {
			return ""
		}
		if a.Pointer() == b.Pointer() {
			return path
		}
		if a.Kind() == reflect.Pointer {
			return shared(path, a.Elem(), b.Elem())
		}
		for i := range a.Len() {
			if at := shared(path+"[]", a.Index(i), b.Index(i)); at != "" {
				return at
			}
		}
	case reflect.Struct:
		if a.Type() == reflect.TypeFor[time.Time]() {
			return ""
		}
		for i := range a.NumField() {
			if at := shared(path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i)); at != "" {
				return at
			}
		}
	}
	return ""
}

func TestACloneIsTheSameAndSharesNothing(t *testing.T) {
	var m chat.Message
	full(reflect.ValueOf(&m).Elem(), 5)
	c, err := m.Clone()
	if err != nil || !reflect.DeepEqual(m, c) {
		t.Fatalf("%v\n%+v\n%+v", err, m, c)
	}
	if at := shared("message", reflect.ValueOf(m), reflect.ValueOf(c)); at != "" {
		t.Errorf("%s is shared", at)
	}
	if empty, err := (chat.Message{}).Clone(); err != nil || !reflect.DeepEqual(empty, chat.Message{}) {
		t.Errorf("%+v, %v", empty, err)
	}
}

func TestACloneHasNoEmptyListsAndNoMonotonicClock(t *testing.T) {
	m := chat.Message{To: chat.Audience{Users: []chat.UserID{}, AnyOf: []chat.Audience{}}, Elements: []chat.Element{}, Expires: time.Now()}
	c, err := m.Clone()
	if err != nil || c.To.Users != nil || c.To.AnyOf != nil || c.Elements != nil || strings.Contains(c.Expires.String(), "m=") || !c.Expires.Equal(m.Expires) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestWhatStandsInItselfOrOutsideOfTimeHasNoClone(t *testing.T) {
	within := chat.Everyone
	within.Within = &within
	around := chat.Audience{AnyOf: make([]chat.Audience, 1)}
	around.AnyOf[0] = around
	for name, m := range map[string]chat.Message{
		"an audience within itself":     {To: within},
		"an audience in its own list":   {To: around},
		"a year that JSON has no room":  {To: chat.Everyone, Expires: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"a year from before the common": {To: chat.Everyone, Expires: time.Unix(math.MinInt32*1000, 0)},
	} {
		if c, err := m.Clone(); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
