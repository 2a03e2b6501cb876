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

series='
# series     runs  base    head    flags
blocks       20    v0.9.4  v0.9.4  --cluster simulation --profile quick
sessions     20    v0.9.4  v0.9.4  --cluster simulation --profile quick --turns sessions --sessions 6
'

work=$dir/.work
rm -rf "$work"
trap 'rm -rf "$work"' EXIT

while read -r name runs base head flags; do
  [[ -n $name && $name != '#' ]] || continue
  for ((number = 1; number <= runs; number++)); do
    run=$dir/$name/$number
    [[ ! -e $run/record.jsonl ]] || continue
    if [[ ! -d $work ]]; then
      mkdir -p "$work"
      "${GO:-go}" build -o "$work/gate" ./cmd/gate
    fi
    echo "$name $number of $runs: $base against $head"
    rm -rf "$work/run"
    status=0
    # shellcheck disable=SC2086 # the flags are words
    "$work/gate" --base "$base" --head "$head" $flags --seed "$number" --out "$work/run" </dev/null >/dev/null || status=$?
    # Red is a result as well. Anything else measured nothing that could be counted.
    if ((status > 1)); then
      echo "the run ended with exit code $status" >&2
      exit 1
    fi
    mkdir -p "$run"
    mv "$work/run/record.jsonl" "$run"
  done
done <<<"$series"
