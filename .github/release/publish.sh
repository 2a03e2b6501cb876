#!/usr/bin/env bash
# Publishes dist as the release of a tag, all of it at once. Then it moves the tag
# of the major version, which `uses: kro/perf-gate@v1` follows, to the same commit,
# unless that has a newer release already.
#
# Environment: GITHUB_REPOSITORY; GITHUB_REF_NAME, the tag; GITHUB_SHA, its commit;
# GH_TOKEN, a token that may write contents.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tag=$GITHUB_REF_NAME
export GH_REPO=$GITHUB_REPOSITORY
notes=$(.github/release/notes.sh "$tag")

case $(gh release view "$tag" --json isDraft --jq .isDraft 2>/dev/null || true) in
  true) gh release delete "$tag" --yes ;; # what an attempt before this one has left
  false)
    echo "::error title=release::$tag is published already: releases are never changed; make another version" >&2
    exit 1
    ;;
esac
gh release create "$tag" --draft --verify-tag --title "$tag" --notes "$notes" dist/*
gh release edit "$tag" --draft=false

major=${tag%%.*}
newest=$({
  echo "$tag" # GitHub's list may not have it yet
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
# GitHub refuses it to a workflow where the commit's workflows are no branch's any
# more, that is when main has changed them since.
if ! gh api "${move[@]}" -f "sha=$GITHUB_SHA" >/dev/null; then
  echo "::error title=release::$tag is published, and $major is not moved: git push --force origin $GITHUB_SHA:refs/tags/$major" >&2
  exit 1
fi
echo "$major is $tag now"
