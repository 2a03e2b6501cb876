package decide

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/google/pprof/profile"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/pprof"
	"github.com/kro/perf-gate/gate/explain"
	"github.com/kro/perf-gate/report"
)

// readProfiles compares the pprof profiles next to the record of the run at path. It
// returns nil if there are none of either build. It also returns nil if it cannot
// read them, with a warning, because the verdict does not depend on them.
func readProfiles(path string, record *bench.Record, warnings io.Writer) *report.Pprof {
	file, err := bench.FindRecord(path)
	if err != nil { // the record has been read
		return nil
	}
	files, err := pprof.Read(filepath.Dir(file), record)
	if err != nil {
		fmt.Fprintf(warnings, "gate: warning: the report has no pprof profiles: %v\n", err)
		return nil
	}
	var profiles report.Pprof
	for _, kind := range pprof.Kinds {
		first, sessions := map[bench.Arm]string{}, map[bench.Arm][]*profile.Profile{}
		for _, f := range files {
			if f.Kind != kind {
				continue
			}
			if sessions[f.Arm] == nil {
				first[f.Arm] = f.Name
			}
			sessions[f.Arm] = append(sessions[f.Arm], f.Profile)
		}
		if len(sessions[bench.Base]) == 0 || len(sessions[bench.Head]) == 0 {
			continue
		}
		if len(profiles.Kinds) == 0 {
			profiles.Base, profiles.Head = first[bench.Base], first[bench.Head]
		}
		profiles.Kinds = append(profiles.Kinds, string(kind))
		profiles.Diffs = append(profiles.Diffs, explain.Compare(sessions[bench.Base], sessions[bench.Head])...)
	}
	if len(profiles.Kinds) == 0 {
		return nil
	}
	return &profiles
}
