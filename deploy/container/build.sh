#!/usr/bin/env bash
# build.sh [IMAGE]: builds the image of the Containerfile where no registry can be reached: publishes here, makes the base from Debian packages
# (base.sh), and runs the second stage of the Containerfile on both. Needs buildah, the .NET SDK, and root (or a working rootless buildah).
set -eu
image=${1:-localhost/ptt}
here=$(cd "$(dirname "$0")" && pwd); source=$(cd "$here/../.." && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot} STORAGE_DRIVER=${STORAGE_DRIVER:-vfs}

"$here/base.sh" "$work/root"
base=$(buildah from scratch)
buildah add -q "$base" "$work/root" / >/dev/null
buildah commit -q --rm "$base" localhost/ptt-base >/dev/null

dotnet publish "$source/Ptt.Web" -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true -p:DebugType=none -o "$work/context/app" -v q --nologo \
  -p:NuGetAudit=false "${@:2}"
sed -n '/^FROM \${BASE}/,$p' "$source/Containerfile" | sed 's/^FROM \${BASE}.*/FROM localhost\/ptt-base/; s/^COPY --from=build \/app\//COPY app\//' > "$work/context/Containerfile"
buildah build -q --format docker --pull-never -t "$image" "$work/context"
