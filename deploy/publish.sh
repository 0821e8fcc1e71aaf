#!/usr/bin/env bash
# publish.sh OUT: the program as it is shipped, in the folder OUT: self-contained for Linux on x64, compiled ahead of time. More words go to dotnet publish.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
dotnet publish "$source/Ptt.Web" -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true -p:DebugType=none -p:NuGetAudit=false -o "$1" -v q --nologo "${@:2}"
