#!/usr/bin/env bash
# Makes what a release consists of, in dist: for each platform a binary and its
# SBOM, and SHA256SUMS of them all. Two checkouts of a commit give the same bytes
# when the same Go builds them.
#
# Environment: GO, the go command; CYCLONEDX_GOMOD, the program of that name.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

version=$(<.github/release/version)
rm -rf dist
mkdir dist
# Without cgo every platform can be built on any. The commit goes into the binary,
# and with a tag on it the version.
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
  # GitHub attests no SBOM without a serial number; made of the binary's checksum
  # it is as unique, and the same each time.
  serial=$(sha256sum "$file" | sed -E 's/^(.{8})(.{4})(.{3})(.{3})(.{12}).*/\1-\2-8\3-8\4-\5/')
  "$CYCLONEDX_GOMOD" bin -json -std -notimestamp -serial "$serial" -version "$built" -output "$file.cdx.json" "$file"
done
cd dist
sha256sum gate_* >SHA256SUMS
