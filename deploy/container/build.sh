#!/usr/bin/env bash
# build.sh [IMAGE]: builds the image of the Containerfile where no registry can be reached: publishes here, makes the base from Debian packages
# (base.sh), and runs the second stage of the Containerfile on both. Needs buildah, the .NET SDK, and root (or a working rootless buildah).
# Takes the published program from $PTT_APP and the base from $PTT_BASE where these are set; else makes them.
set -eu
image=${1:-localhost/ptt}
here=$(cd "$(dirname "$0")" && pwd); source=$(cd "$here/../.." && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot} STORAGE_DRIVER=${STORAGE_DRIVER:-vfs}

[ -n "${PTT_BASE:-}" ] || "$here/base.sh" "${PTT_BASE:=$work/root}"
base=$(buildah from scratch)
buildah add -q "$base" "$PTT_BASE" / >/dev/null
buildah commit -q --rm "$base" localhost/ptt-base >/dev/null

mkdir -p "$work/context"
if [ -n "${PTT_APP:-}" ]; then cp -al "$PTT_APP" "$work/context/app" 2>/dev/null || cp -a "$PTT_APP" "$work/context/app"; else "$source/deploy/publish.sh" "$work/context/app" "${@:2}"; fi
sed -n '/^FROM \${BASE}/,$p' "$source/Containerfile" | sed 's/^FROM \${BASE}.*/FROM localhost\/ptt-base/; s/^COPY --from=build \/app\//COPY app\//' > "$work/context/Containerfile"
buildah build -q --format docker --pull-never -t "$image" "$work/context"
