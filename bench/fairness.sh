#!/usr/bin/env bash
# fairness.sh [--messages N] [--delay MS]: one login dumps 50,000 messages, another sends one each second; how long does its mail take from 250 to delivery?
set -eu
. "$(cd "$(dirname "$0")" && pwd)/lib/common.sh"
ulimit -n 20000
export SIGN=1 SUBMISSION=1 DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0
build_loadgen
peer=$BENCH_HOME/peers/ptt
"$peer/setup"
"$peer/start"
trap '"$peer/stop"' EXIT
in_ns curl -sf -o /dev/null -H "Authorization: Bearer ptt_bench_$(printf '%032d' 7)" -H 'Content-Type: application/json' \
  -d "{\"address\":\"second@$DKIM_DOMAIN\",\"password\":\"$AUTH_PASS\"}" "http://127.0.0.1:${HTTP_PORT:-8099}/api/v1/users"
python3 "$BENCH_HOME/lib/fairness.py" "$@"
