#!/usr/bin/env bash
# publish.sh publishes dist as the release of a tag, all of it at once. Then it moves
# the tag of the major version, which `uses: kro/perf-gate@v1` follows, to the same
# commit, unless the major version has a newer release already.
#
# Environment: GITHUB_REPOSITORY; GITHUB_REF_NAME, the tag; GITHUB_SHA, its commit;
# GH_TOKEN, a token that may write contents.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tag=$GITHUB_REF_NAME
export GH_REPO=$GITHUB_REPOSITORY
notes=$(.github/release/notes.sh "$tag")

case $(gh release view "$tag" --json isDraft --jq .isDraft 2>/dev/null || true) in
  true) gh release delete "$tag" --yes ;; # an earlier attempt left it
  false)
    echo "::error title=release::$tag is already published, and a release never changes: make a new version" >&2
    exit 1
    ;;
esac
gh release create "$tag" --draft --verify-tag --title "$tag" --notes "$notes" dist/*
gh release edit "$tag" --draft=false

major=${tag%%.*}
newest=$({
  echo "$tag" # GitHub's list may lack it still
  gh api --paginate "repos/$GITHUB_REPOSITORY/releases" --jq '.[] | select(.draft | not) | .tag_name'
} | grep -E "^$major\.[0-9]+\.[0-9]+$" | sort -V | tail -n 1)
if [[ $newest != "$tag" ]]; then
  echo "::notice title=release::$major stays at $newest, which is newer than $tag"
  exit
fi
if gh api "repos/$GITHUB_REPOSITORY/git/ref/tags/$major" >/dev/null 2>&1; then
  move=(--method PATCH "repos/$GITHUB_REPOSITORY/git/refs/tags/$major" -F "force=true")
else
  move=(--method POST "repos/$GITHUB_REPOSITORY/git/refs" -f "ref=refs/tags/$major")
fi
# GitHub refuses to let a workflow move the tag if no branch has the commit's workflows
# any more, because main has changed them since.
if ! gh api "${move[@]}" -f "sha=$GITHUB_SHA" >/dev/null; then
  echo "::error title=release::$tag is published, but $major did not move: git push --force origin $GITHUB_SHA:refs/tags/$major" >&2
  exit 1
fi
echo "$major is now $tag"
