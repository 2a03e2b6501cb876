package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// fakeGo builds a gate that writes the seed into the record and fails as CODES says, a
// list of seeds and exit codes. Whatever is no build, the real go does.
const fakeGo = `#!/usr/bin/env bash
set -eu
[[ $1 == build ]] || exec go "$@"
cat >"$3" <<'END'
#!/usr/bin/env bash
set -eu
while (($#)); do
  case $1 in
  --seed) seed=$2 ;;
  --out) out=$2 ;;
  esac
  shift
done
mkdir -p "$out"
echo "$seed" >"$out/record.jsonl"
for code in $CODES; do
  [[ ${code%:*} != "$seed" ]] || exit "${code#*:}"
done
END
chmod +x "$3"
`

// TestMissingRuns runs the script that measures what make evaluate-kro lacks.
func TestMissingRuns(t *testing.T) {
	dir := t.TempDir()
	fake := filepath.Join(dir, "go")
	if err := os.WriteFile(fake, []byte(fakeGo), 0o755); err != nil {
		t.Fatal(err)
	}
	evaluation := filepath.Join(dir, "evaluation")
	record := func(number int) string {
		content, err := os.ReadFile(filepath.Join(evaluation, "blocks", strconv.Itoa(number), "record.jsonl"))
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(content))
	}
	measure := func(codes string) error {
		cmd := exec.Command("bash", filepath.Join("..", "..", "testdata", "evaluate.sh"), evaluation, "blocks", "busy-10")
		cmd.Env = append(os.Environ(), "GO="+fake, "CODES="+codes)
		output, err := cmd.CombinedOutput()
		t.Logf("%s", output)
		return err
	}

	if err := measure("2:1 4:130"); err == nil {
		t.Error("an interrupted run is no error")
	}
	for number, want := range map[int]string{1: "1", 2: "2", 3: "3", 4: "", 5: ""} {
		if got := record(number); got != want {
			t.Errorf("after a green run, a red run, a green run and an interrupted run, run %d is %q, want %q", number, got, want)
		}
	}
	if err := os.WriteFile(filepath.Join(evaluation, "blocks", "1", "record.jsonl"), []byte("kept"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := measure(""); err != nil {
		t.Error(err)
	}
	for number, want := range map[int]string{1: "kept", 4: "4", fewestRuns: strconv.Itoa(fewestRuns)} {
		if got := record(number); got != want {
			t.Errorf("after all runs, run %d is %q, want %q", number, got, want)
		}
	}
	left, err := filepath.Glob(filepath.Join(evaluation, "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("the directory has %v: %v", left, err)
	}
}
