#!/usr/bin/env bash
# renew.sh [NAME...] measures the runs in testdata/runs again: all of them, or
# those named. It keeps every record, and fails if a run does not end with the
# verdict in the table below.
#
# Environment: GO, the go command.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A head such as ./crash is v0.9.4 with the patch of that name in testdata/kro.
runs='
# name       verdict       base    head         flags
unchanged    PASS          v0.9.4  v0.9.4       --sessions 6
release      FAIL          v0.9.3  v0.9.4       --suite crud --sessions 6 --pprof cpu,heap
extra-get    FAIL          v0.9.4  ./extra-get  --suite crud --sessions 6
busy-loop    FAIL          v0.9.4  ./busy-loop  --suite crud --sessions 6 --pprof cpu
short        INCONCLUSIVE  v0.9.4  ./busy-loop  --suite crud --sessions 2
crash        ERROR         v0.9.4  ./crash      --suite crud --sessions 2
old          PASS          v0.9.1  v0.9.4       --suite crud,graph --sessions 6
'

for name; do
  if ! grep -q "^$name " <<<"$runs"; then
    echo "there is no run $name: see the table in testdata/renew.sh" >&2
    exit 1
  fi
done

export GO=${GO:-go}
root=$PWD
work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT

"$GO" build -o "$work/gate" ./cmd/gate

# The gate runs beside the patched trees, so that the records name them without
# a path.
cd "$work"
wrong=()
while read -r name verdict base head flags; do
  if [[ -z $name || $name == '#' || ($# -gt 0 && " $* " != *" $name "*) ]]; then
    continue
  fi
  if [[ $head == ./* && ! -d $head ]]; then
    "$root/testdata/kro/tree.sh" "$head" "$work"
  fi
  echo "$name: $base against $head"
  # The exit codes say no more than the verdict. Measuring and deciding are two
  # steps, because gate alone refuses a run of too few sessions.
  # shellcheck disable=SC2086 # the flags are words
  ./gate benchmark --cluster simulation --base "$base" --head "$head" $flags --out "$name" </dev/null || true
  ./gate analyze "$name" >"$name.txt" || true
  cat "$name.txt"
  read -r ended _ <"$name.txt"
  if [[ ${ended%:} != "$verdict" ]]; then
    wrong+=("$name ended with ${ended%:}, not $verdict")
  fi
  kept=$root/testdata/runs/$name
  mkdir -p "$kept"
  rm -f "$kept/profiles.json"
  # A failed session quotes the command line, with the path of the cache.
  sed "s#$HOME/#~/#g" "$name/record.jsonl" >"$kept/record.jsonl"
  if [[ -d $name/profiles ]]; then
    (cd "$root" && "$GO" test -count 1 ./cmd/gate -run '^TestWriteProfiles$' -profiles-of "$work/$name")
    cp "$name/profiles.json" "$kept"
  fi
done <<<"$runs"
cd "$root"

# Records are published, so they must not name this machine or its user.
for private in "$work" "$HOME" "$(hostname)" "$(id -un)"; do
  if grep -lwF -- "$private" testdata/runs/*/{record.jsonl,profiles.json}; then
    wrong+=("the files above hold $private")
  fi
done
if ((${#wrong[@]})); then
  printf '%s\n' "${wrong[@]}" >&2
  exit 1
fi
