package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/decide"
	"github.com/kro/perf-gate/gate"
)

// TestOneDecision gives one run, history and policy to gate, gate analyze, gate
// visualize and gate publish. All of them must write the same bytes. gate is asked for
// what it does once it has measured.
func TestOneDecision(t *testing.T) {
	for name, head := range map[string]string{"a run with a base": "regressed", "a head alone": "alone"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS("testdata/fixtures")); err != nil {
				t.Fatal(err)
			}
			if head == "alone" {
				leaveOutBase(t, filepath.Join(dir, "regressed"), filepath.Join(dir, "alone"))
			}
			a := newActions(t, "workflow_run", pullRun, "mallory/kro")
			store, run := filepath.Join(dir, "store"), filepath.Join(dir, head)
			for _, earlier := range []string{"earlier", "unchanged", "noisy"} {
				if code, out := a.gate("baseline", "update", filepath.Join(dir, earlier), "--store", store, "--name", earlier); code != 0 {
					t.Fatal(out)
				}
			}
			configured := filepath.Join(dir, "perf-gate.yaml")
			policy := "history: " + store + "\npolicy:\n  alpha: 0.02\n  rules:\n    - {metric: resident-B, gate: true}\n"
			if err := os.WriteFile(configured, []byte(policy), 0o644); err != nil {
				t.Fatal(err)
			}
			verdicts := map[string][]byte{}
			read := func(command, path string) {
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatalf("%s: %v", command, err)
				}
				verdicts[command] = content
			}

			cfg, err := config.Load(configured)
			if err != nil {
				t.Fatal(err)
			}
			earlier := decide.Earlier{Stores: stores(func(string) string { return "" }), History: cfg.History}
			in, _, err := decide.WriteReport(context.Background(), run, earlier, cfg.Policy, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if in.Verdict.Sight.History == 0 || in.Verdict.Status == gate.Error {
				t.Fatalf("%s, with a history of %d: the verdict does not test much", in.Verdict.Status, in.Verdict.Sight.History)
			}
			verdict := filepath.Join(run, gate.VerdictFile)
			read("gate", verdict)
			if err := os.Remove(verdict); err != nil {
				t.Fatal(err)
			}
			a.gate("analyze", run, "--config", configured)
			read("gate analyze", verdict)
			report := filepath.Join(dir, "report")
			if code, out := a.gate("visualize", run, "--out", report); code != 0 {
				t.Fatal(out)
			}
			read("gate visualize", filepath.Join(report, gate.VerdictFile))
			a.env["INPUT_CONFIG"] = configured
			if code, out := a.gate("publish", run); code != 0 {
				t.Fatal(out)
			}
			read("gate publish", filepath.Join(a.env["INPUT_OUT"], gate.VerdictFile))
			for command, content := range verdicts {
				if !bytes.Equal(content, verdicts["gate"]) {
					t.Errorf("%s decides otherwise than gate:\n%s", command, content)
				}
			}
		})
	}
}

// leaveOutBase writes a run of the head sessions alone.
func leaveOutBase(t *testing.T, from, to string) {
	t.Helper()
	run, err := decide.ReadRecord(from)
	if err != nil {
		t.Fatal(err)
	}
	head := &bench.Record{Header: run.Header}
	head.Header.Plan.Order = nil
	for _, s := range run.Sessions {
		if s.Arm == bench.Head {
			s.Index = len(head.Sessions)
			head.Sessions = append(head.Sessions, s)
			head.Header.Plan.Order = append(head.Header.Plan.Order, bench.Head)
		}
	}
	var content bytes.Buffer
	if err := bench.Encode(&content, head); err != nil {
		t.Fatal(err)
	}
	if err := bench.WriteFile(filepath.Join(to, bench.RecordFile), content.Bytes()); err != nil {
		t.Fatal(err)
	}
}
