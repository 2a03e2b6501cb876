// Package event tells what a workflow run was started by, from the environment
// of the run and the event's payload. It asks GitHub nothing.
package event
