#!/usr/bin/env bash
# processes.sh DIR measures the Go benchmarks of a module as its developers do: one
# binary, eight occasions a minute or more apart, ten processes each, ten repetitions in each
# process. It goes on from what is in DIR: an occasion is there when it is complete.
#
# Environment: GO, the go command.
set -euo pipefail
GO=${GO:-go}
dir=$1
module=github.com/fxamacker/cbor/v2@v2.9.3
occasions=8 processes=10

binary=$dir/cbor.test
if [ ! -e "$binary" ]; then # the same for all occasions: another build has another layout
  mkdir -p "$dir"
  source=$(cd "$(mktemp -d)" && "$GO" mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  (cd "$source" && "$GO" test -c -o "$binary" .)
fi

for occasion in $(seq -f %02g "$occasions"); do
  [ ! -e "$dir/$occasion" ] || continue
  rm -rf "$dir/part" && mkdir "$dir/part"
  for process in $(seq -f %02g "$processes"); do
    echo "occasion $occasion of $occasions, process $process of $processes"
    "$binary" -test.run '^$' -test.bench . -test.skip 'First|Decode' \
      -test.count 10 -test.benchtime 5ms -test.benchmem >"$dir/part/$process.txt"
  done
  mv "$dir/part" "$dir/$occasion"
  sleep 60
done
