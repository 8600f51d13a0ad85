package plugins

import (
	"encoding/json"
	"reflect"

	"github.com/botd-chat/botd/chat"
)

// Asked lists the audiences that stand in a payload: whom a sender asks a plugin to
// address. It reads them by the type that the plugin reads the payload into, and
// calls nothing else of it, so that a host can refuse a sender that asks for more
// than it may before anything is kept. What cannot be read, and what a handler
// says nothing of, lists none. A [Mux] lists those of the routes that were added
// with [On]; other handlers can have a method
// Asked(chat.TriggerName, json.RawMessage) []chat.Audience, made of [AudiencesOf].
func Asked(h Handler, trigger chat.TriggerName, payload json.RawMessage) []chat.Audience {
	a, ok := described(h).(interface {
		Asked(trigger chat.TriggerName, payload json.RawMessage) []chat.Audience
	})
	if !ok || len(payload) == 0 {
		return nil
	}
	return a.Asked(trigger, payload)
}

// AudiencesOf reads a payload into a T and lists the audiences in it, those of
// nobody apart.
func AudiencesOf[T any](payload json.RawMessage) []chat.Audience {
	var v T
	if decode(payload, &v, tolerant) != nil {
		return nil
	}
	return audiencesIn(reflect.ValueOf(v))
}

func audiencesIn(v reflect.Value) (all []chat.Audience) {
	if v.IsValid() && v.CanInterface() {
		if a, ok := v.Interface().(chat.Audience); ok {
			if a.IsNobody() {
				return nil
			}
			return []chat.Audience{a}
		}
	}
	switch v.Kind() { //nolint:exhaustive // nothing else holds other values
	case reflect.Pointer, reflect.Interface:
		all = audiencesIn(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			all = append(all, audiencesIn(v.Field(i))...)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			all = append(all, audiencesIn(v.Index(i))...)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			all = append(all, audiencesIn(v.MapIndex(key))...)
		}
	}
	return all
}
