package baseline

import (
	"errors"

	"github.com/kro/perf-gate/bench"
)

// Prepare returns the part of a record that a store keeps, which is its complete
// head sessions, and the entry for it, without its size. If the name is empty, it
// is the head build's version or the digest of its binary.
func Prepare(rec *bench.Record, name string) (*bench.Record, Entry, error) {
	if name == "" {
		var err error
		if name, err = identity(rec.Header.Builds[bench.Head]); err != nil {
			return nil, Entry{}, err
		}
	}
	if err := checkName(name); err != nil {
		return nil, Entry{}, err
	}
	rec = headOnly(rec)
	if len(rec.Sessions) == 0 {
		return nil, Entry{}, errors.New("the record has no complete head session to keep: measure again, or continue with --resume")
	}
	return rec, Entry{
		Environment: Key(rec.Header), Name: name,
		Created: rec.Header.Created, Sessions: len(rec.Sessions),
	}, nil
}

// headOnly returns a record with the complete head sessions of another.
func headOnly(rec *bench.Record) *bench.Record {
	head := &bench.Record{Header: rec.Header}
	head.Header.Builds = map[bench.Arm]bench.Build{}
	if build, ok := rec.Header.Builds[bench.Head]; ok {
		head.Header.Builds[bench.Head] = build
	}
	for _, s := range rec.Sessions {
		if s.Arm == bench.Head && s.Failed == "" && len(s.Results) == len(rec.Header.Plan.Benchmarks) {
			head.Sessions = append(head.Sessions, s)
		}
	}
	return head
}
