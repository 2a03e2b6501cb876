package bench

import (
	stdjson "encoding/json"
	"reflect"
)

// kind names the JSON type that a field takes.
func kind(e *stdjson.UnmarshalTypeError) string {
	switch e.Type.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Int:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number from 0"
	case reflect.Float64:
		return "a 64-bit number"
	case reflect.Slice:
		return "an array"
	default:
		return "an object"
	}
}
