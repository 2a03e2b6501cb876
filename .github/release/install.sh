#!/usr/bin/env bash
# install.sh is the action's first step. It puts gate at $RUNNER_TEMP/perf-gate/gate:
# the released binary if this source is a release, otherwise a build of this source.
# If a release is not available, it builds instead. If a binary fails its
# verification, it never builds instead, because that would hide an attack.
#
# Environment: GITHUB_ACTION_PATH, this source; GITHUB_SERVER_URL, RUNNER_TEMP and
# RUNNER_TOOL_CACHE as the runner sets them; GH_TOKEN, a token that may read.
set -euo pipefail

repository=kro/perf-gate
# The version does not come from the ref that the action is used by: composite
# actions do not get that reliably, and a tag may have moved since the runner fetched
# this source.
version=$(<"$GITHUB_ACTION_PATH/.github/release/version")
gate=$RUNNER_TEMP/perf-gate/gate

fail() {
  echo "::error title=perf-gate::$1"
  exit 1
}

# build REASON builds gate and ends the step.
build() {
  command -v go >/dev/null ||
    fail "gate has to be built from source, as $1, and there is no Go to build it: add actions/setup-go before this step"
  echo "building gate from source: $1"
  cd "$GITHUB_ACTION_PATH"
  # The caller's Go settings do not apply; go.sum pins the dependencies.
  GOWORK=off GOFLAGS=-mod=readonly go build -ldflags "-X main.source=$version+source" -o "$gate" ./cmd/gate
  exit
}

# build_instead REASON builds gate for a release that should have a binary.
build_instead() {
  echo "::notice title=perf-gate::gate $version is built from source: $1"
  build "$1"
}

# refuse REASON ends the step because a binary cannot be trusted.
refuse() {
  fail "$file of the release $version is not used: $1; run the job again, and if it fails again, report it as SECURITY.md of $repository says"
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

mkdir -p "${gate%/*}"
rm -f "$gate" # an earlier step may have left a link into the tool cache

case $(uname -s) in
  Linux) os=linux ;;
  Darwin) os=darwin ;;
  *) fail "perf-gate runs on Linux and macOS, and this runner is $(uname -s): choose another in runs-on" ;;
esac

[[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+$ ]] || build "$version is not a release"
# The source of a fork or a checkout may differ from the release's.
case $GITHUB_ACTION_PATH in
  */_actions/"$repository"/*) ref=${GITHUB_ACTION_PATH##*/_actions/"$repository"/} ;;
  *) build "this source is not used as $repository@REF" ;;
esac
# A pinned commit gets the binary of that commit, wherever the tag points now.
commit=
[[ ! $ref =~ ^[0-9a-f]{40}$ ]] || commit=$ref

case $(uname -m) in
  x86_64) arch=amd64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) build_instead "there is no binary for $(uname -m)" ;;
esac
file=gate_${os}_$arch

cache=${RUNNER_TOOL_CACHE:-$RUNNER_TEMP}/perf-gate/$version${commit:+-$commit}/$arch
if [[ -x $cache/gate ]]; then
  echo "using gate $version from the tool cache"
  ln -sf "$cache/gate" "$gate"
  exit
fi

# Another server's token must not be sent to github.com.
[[ $GITHUB_SERVER_URL == https://github.com ]] ||
  build_instead "releases are on github.com, and this workflow runs on $GITHUB_SERVER_URL"
# gh has the option since 2.68.
[[ $(gh attestation verify --help 2>&1) == *--source-ref* ]] ||
  build_instead "this runner has no gh that verifies attestations"

mkdir -p "$cache"
download=$(mktemp -d "$cache/download.XXXXXX")
trap 'rm -rf "$download"' EXIT
export GH_HOST=github.com
if ! said=$(gh release download "$version" --repo "$repository" \
  --pattern "$file" --pattern SHA256SUMS --dir "$download" 2>&1); then
  build_instead "the release is not available: ${said//$'\n'/ }"
fi
[[ -f $download/$file ]] || build_instead "the release has no $file"

listed=$(awk -v file="$file" '$2 == file { print $1 }' "$download/SHA256SUMS") || listed=
sum=$(sha256 "$download/$file")
[[ $sum == "$listed" ]] ||
  refuse "its SHA-256 is $sum, and SHA256SUMS says ${listed:-nothing}"
said=$(gh attestation verify "$download/$file" --repo "$repository" \
  --signer-workflow "$repository/.github/workflows/release.yml" \
  --source-ref "refs/tags/$version" ${commit:+--source-digest "$commit"} \
  --deny-self-hosted-runners 2>&1) ||
  refuse "its attestation cannot be verified: ${said//$'\n'/ }"

chmod +x "$download/$file"
mv "$download/$file" "$cache/gate"
ln -sf "$cache/gate" "$gate"
echo "using gate $version as released, checksum and attestation verified"
