#!/usr/bin/env bash
# evaluate.sh DIR SERIES... measures those runs of KRO in these series that DIR does not
# have yet. DIR/SERIES/NUMBER/record.jsonl is one run. It appears when the run is complete,
# so that nothing of an interrupted run counts.
#
# Environment: GO, the go command.
set -euo pipefail
mkdir -p "$1"
dir=$(cd "$1" && pwd)
wanted=" ${*:2} "
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A head such as ./busy-5 is v0.9.4 with the patch of that name in testdata/kro.
main=v0.9.5-0.20260906105824-d2171fc8c9e2
series="
# series           runs  base    head                 flags
busy-10            5     v0.9.4  ./busy-10            --profile quick
wait-10ms          5     v0.9.4  ./wait-10ms          --profile quick
busy-5             5     v0.9.4  ./busy-5             --profile standard
standard           5     v0.9.4  v0.9.4               --profile standard
blocks             20    v0.9.4  v0.9.4               --profile quick
sessions           20    v0.9.4  v0.9.4               --profile quick --turns sessions --sessions 6
graph-leak         1     v0.9.4  ./graph-leak         --profile quick
goroutine-leak     1     v0.9.4  ./goroutine-leak     --profile quick
extra-list         1     v0.9.4  ./extra-list         --profile quick
collection-copies  1     v0.9.4  ./collection-copies  --profile quick
no-schema-cache    1     v0.9.4  ./no-schema-cache    --profile quick
linear-routing     1     v0.9.4  ./linear-routing     --profile quick
compile-twice      1     v0.9.4  ./compile-twice      --profile standard --suite restart
main               1     v0.9.4  $main  --profile standard
"

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
    [[ -n $name && $wanted == *" $name "* ]] && ((number <= runs)) || continue
    # shellcheck disable=SC2086 # the flags are words
    measure "$name" "$number" "$base" "$head" $flags
  done <<<"$series"
done
