// Package event parses the event that started a workflow run, from the
// environment of the run and the event's payload. It makes no requests.
package event
