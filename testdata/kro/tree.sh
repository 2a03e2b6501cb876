#!/usr/bin/env bash
# tree.sh PATCH DIR writes KRO v0.9.4 with a patch of this directory to DIR/PATCH.
#
# Environment: GO, the go command.
set -euo pipefail
GO=${GO:-go}
kro=github.com/kubernetes-sigs/kro@v0.9.4
patch=$(basename "$1")
tree=$2/$patch
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$GO" mod download "$kro"
cp -r "$(cd "$here" && "$GO" list -m -f '{{.Dir}}' "$kro")" "$tree"
chmod -R u+w "$tree"
cd "$tree"
git apply "$here/$patch.patch"
