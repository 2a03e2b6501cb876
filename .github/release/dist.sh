#!/usr/bin/env bash
# dist.sh makes the files of a release in dist: a binary and its SBOM for each
# platform, and SHA256SUMS of them all. Two checkouts of a commit give the same bytes
# if the same Go builds them.
#
# Environment: GO, the go command; CYCLONEDX_GOMOD, the program of that name.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

version=$(<.github/release/version)
rm -rf dist
mkdir dist
# Without cgo, any platform can build for every other. Go puts the commit into the
# binary, and the version too if the commit has a tag.
export CGO_ENABLED=0 GOWORK=off GOFLAGS=-mod=readonly
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64; do
  file=dist/gate_${platform/\//_}
  echo "$file"
  GOOS=${platform%/*} GOARCH=${platform#*/} "$GO" build -trimpath -buildvcs=true -ldflags '-s -w' -o "$file" ./cmd/gate
  built=$("$GO" version -m "$file" | awk '$1 == "mod" { print $3 }')
  if [[ $version != *-dev && $built != "$version" ]]; then
    echo "$file calls itself $built, and .github/release/version says $version: build a clean checkout of the tag $version" >&2
    exit 1
  fi
  # GitHub does not attest an SBOM without a serial number. One made from the
  # binary's checksum is unique too, and the same each time.
  serial=$(sha256sum "$file" | sed -E 's/^(.{8})(.{4})(.{3})(.{3})(.{12}).*/\1-\2-8\3-8\4-\5/')
  "$CYCLONEDX_GOMOD" bin -json -std -notimestamp -serial "$serial" -version "$built" -output "$file.cdx.json" "$file"
done
cd dist
sha256sum gate_* >SHA256SUMS
