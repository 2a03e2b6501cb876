#!/usr/bin/env bash
# notes.sh VERSION prints the section of CHANGELOG.md about a version such as v1.2.3.
# It fails if there is none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

notes=$(awk -v heading="## [${1#v}] - " '
  /^## / { inside = index($0, heading) == 1; next }
  /^\[[^]]*\]: / { next } # the links of the headings
  inside
' CHANGELOG.md | sed '/./,$!d')
if [[ -z $notes ]]; then
  echo "CHANGELOG.md has no section \"## [${1#v}] - DATE\": give the unreleased section that heading" >&2
  exit 1
fi
echo "$notes"
