#!/usr/bin/env bash
# evaluate.sh DIR measures those runs of KRO that make evaluate-kro needs and DIR does
# not have yet. DIR/SERIES/NUMBER/record.jsonl is one run. It appears when the run is
# complete, so that nothing of an interrupted run counts.
#
# Environment: GO, the go command.
set -euo pipefail
mkdir -p "$1"
dir=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A head such as ./busy-5 is v0.9.4 with the patch of that name in testdata/kro.
series='
# series     runs  base    head         flags
busy-10      5     v0.9.4  ./busy-10    --profile quick
wait-10ms    5     v0.9.4  ./wait-10ms  --profile quick
busy-5       5     v0.9.4  ./busy-5     --profile standard
standard     5     v0.9.4  v0.9.4       --profile standard
blocks       20    v0.9.4  v0.9.4       --profile quick
sessions     20    v0.9.4  v0.9.4       --profile quick --turns sessions --sessions 6
'

export GO=${GO:-go}
work=$dir/.work
rm -rf "$work"
trap 'rm -rf "$work"' EXIT

# measure NAME NUMBER BASE HEAD FLAGS... measures a run, unless it is there.
measure() {
  local run=$dir/$1/$2 seed=$2 base=$3 head=$4 status=0
  [[ ! -e $run/record.jsonl ]] || return 0
  mkdir -p "$work"
  [[ -e $work/gate ]] || "$GO" build -o "$work/gate" ./cmd/gate
  if [[ $head == ./* && ! -d $work/$head ]]; then
    testdata/kro/tree.sh "$head" "$work"
  fi
  echo "$1 $2: $base against $head"
  rm -rf "$work/run"
  (cd "$work" && ./gate --cluster simulation --base "$base" --head "$head" "${@:5}" --seed "$seed" --out run </dev/null >/dev/null) || status=$?
  # Red is a result as well. Anything else measured nothing that could be counted.
  if ((status > 1)); then
    echo "the run ended with exit code $status" >&2
    exit 1
  fi
  mkdir -p "$run"
  mv "$work/run/record.jsonl" "$run"
}

# The series take turns, so that each of them sees the machine at all hours.
for ((number = 1; number <= 20; number++)); do
  while read -r name runs base head flags; do
    [[ -n $name && $name != '#' ]] && ((number <= runs)) || continue
    # shellcheck disable=SC2086 # the flags are words
    measure "$name" "$number" "$base" "$head" $flags
  done <<<"$series"
done
