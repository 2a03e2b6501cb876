#!/usr/bin/env bash
# check.sh TAG checks that this commit may be released as TAG. Without TAG, check.sh
# checks that the action would not use another commit's release for this commit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() {
  echo "${GITHUB_ACTIONS:+::error title=release::}.github/release/version says $version: $1" >&2
  exit 1
}

version=$(<.github/release/version)
[[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-dev)?$ ]] || fail "that is not a version such as v1.2.3 or v1.2.3-dev"

if (($# > 0)); then
  [[ $1 == "$version" ]] || fail "the tag is $1; tag the commit that says $1"
  .github/release/notes.sh "$version" >/dev/null
  exit
fi

# If the tag is an object of its own, the last line has the commit.
tagged=$(git ls-remote origin "refs/tags/$version" "refs/tags/$version^{}" | tail -n 1 | cut -f 1)
[[ -z $tagged || $tagged == "$(git rev-parse HEAD)" ]] ||
  fail "that version is already released, from $tagged; write the next version, with -dev"
