#!/usr/bin/env bash
# million.sh [--messages N] [--days D] [--repeat N] [--brief]: a queue of a million messages: restart, memory, accept rate beside it, first rows of every list, bulk orders over a kill.
set -eu
. "$(cd "$(dirname "$0")" && pwd)/lib/common.sh"
ulimit -n 20000
export SIGN=0 SUBMISSION=0 DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0
build_loadgen
peer=$BENCH_HOME/peers/ptt
"$peer/setup"
mkdir -p "${BENCH_RESULTS:-$BENCH_HOME/results}"
if [ ! -e "$BENCH_STATE/ptt-bench/Ptt.Bench.dll" ] || [ "$BENCH_STATE/ptt-app/Ptt.Web.dll" -nt "$BENCH_STATE/ptt-bench/Ptt.Bench.dll" ]; then
  dotnet publish "$BENCH_HOME/../Ptt.Bench" -c Release -r linux-x64 --self-contained false -p:PublishReadyToRun=true -p:DebugType=none -p:NuGetAudit=false -v q --nologo -o "$BENCH_STATE/ptt-bench" >&2
  touch "$BENCH_STATE/ptt-bench/Ptt.Bench.dll"
fi
trap '"$peer/stop"' EXIT
python3 "$BENCH_HOME/lib/million.py" "$@"
