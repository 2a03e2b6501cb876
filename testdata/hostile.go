package testdata

import (
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/explain"
)

// HostileName is the name of the first benchmark of a hostile run.
const HostileName = "CRUD/op=<script>alert(1)</script>/a|b\\|c/`tick`/@octocat/#12"

// extra is the request that head makes once more.
const extra = bench.RequestPrefix + "get:instances/op"

const (
	lines   = "CRUD/line\nbreak\r\n| x | y |\n## Heading /\x1b[31mred/\u202egnp.exe/[link](https://example.com)"
	request = bench.RequestPrefix + "get:<b>|`x`\n@org/team/op"
	message = "</ul><script>alert(2)</script>\n- *boo* @octocat https://example.com | `"
	process = "<script>alert(1)</script>|`x`\u202e"
)

// Hostile returns the run extra-get with the names and messages of somebody who
// wants to break the report: tags, table syntax, links, mentions, control
// characters, and names of endless length. The regressed request has such a name.
func Hostile(t testing.TB) Run {
	t.Helper()
	long := "CRUD/" + strings.Repeat("very-long-name-", 40) + "end"
	names := []string{HostileName, lines, long}
	record := Record(t, "extra-get")
	plan := &record.Header.Plan
	renamed := map[string]string{}
	for i, name := range names {
		renamed[plan.Benchmarks[i].Name] = name
		plan.Benchmarks[i].Name = name
	}
	plan.Benchmarks[1].Suite = "cr|ud</summary>"
	head := record.Header.Builds[bench.Head]
	head.Ref = "./kro'; rm -rf $HOME `x`\n```"
	head.Version = "v0|<img src=x onerror=alert(1)>@octocat"
	record.Header.Builds[bench.Head] = head
	for _, s := range record.Sessions {
		s.Usage[process] = s.Usage["apiserver"]
		delete(s.Usage, "apiserver")
		for i := range s.Results {
			r := &s.Results[i]
			if name, ok := renamed[r.Benchmark]; ok {
				r.Benchmark = name
			}
			if n, ok := r.Metrics[extra]; ok {
				r.Metrics[request] = n
				delete(r.Metrics, extra)
			}
		}
	}
	failed := &record.Sessions[1].Results[0]
	failed.Errors, failed.Messages = 1, []string{message}
	run := Decide(t, record)
	run.Pprof = hostilePprof(names)
	return run
}

// hostilePprof are of functions with these names, and others.
func hostilePprof(names []string) *Pprof {
	row := func(name string, base, head float64) explain.Row {
		share := (head - base) / 1.5
		return explain.Row{Function: name, Base: base, Head: head, Change: head - base, Share: &share}
	}
	var own explain.View
	for i, name := range append(names, "") {
		own.Rows = append(own.Rows, row(name, float64(i)/10, 0.5-float64(i)/5))
	}
	own.Smaller = 1
	return &Pprof{
		Kinds: []string{"cpu"}, Base: "profiles/000-base.cpu.pb.gz", Head: "profiles/$(x)`y`.pb.gz",
		Diffs: []explain.Diff{{
			Type: explain.CPU, BaseSessions: 2, HeadSessions: 1, Total: row("", 1, 2.5),
			Own: own, Flat: explain.View{Rows: []explain.Row{row("</summary></details><b>x", 0, 1e18)}},
		}},
	}
}
