#!/bin/sh
# Holds the node to its promises: runs every scenario of the swarm, kills the
# node with SIGKILL and starts it again so many times in between, and fails if
# a client saw anything lost, duplicated, reordered or missing.
#
#   tools/bench/promises.sh [SECONDS [USERS [KILLS]]]     60 500 5
set -eu
seconds=${1:-60} users=${2:-500} kills=${3:-5}
bin=$(cd "$(dirname "$0")/../.." && pwd)/build/bin
dir=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

start() {
  "$bin/parleyd" --data-dir "$dir/data" --listen "127.0.0.1:$port" \
    --admin-listen none >"$dir/out" 2>>"$dir/log" &
  node=$!
  until grep -q listens "$dir/out"; do
    kill -0 "$node"
    sleep 0.05
  done
}

finish() {
  kill -9 "$node" 2>/dev/null || true
  rm -rf "$dir"
}

trap finish EXIT
failed=0
start
for scenario in pairs rooms offline storm mixed; do
  "$bin/parley-swarm" --connect "127.0.0.1:$port" --scenario "$scenario" --users "$users" \
    --seconds "$seconds" --service-token "$dir/data/service.token" >"$dir/result" 2>/dev/null &
  swarm=$!
  round=0
  while [ "$round" -lt "$kills" ]; do
    sleep $((seconds / (kills + 1)))
    kill -9 "$node"
    wait "$node" 2>/dev/null || true
    start
    round=$((round + 1))
  done
  verdict=kept
  wait "$swarm" || { verdict=BROKEN failed=1; }
  echo "$scenario: $verdict, $kills kills"
  sed 's/^/  /' "$dir/result"
done
exit $failed
