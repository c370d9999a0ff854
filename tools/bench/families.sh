#!/bin/sh
# Measures the store with 1, 4, 16 and 64 column families, a restart with ten
# million messages included. Takes some ten minutes and 6 GB of disk, which it
# gives back.
#
#   tools/bench/families.sh [options of bench-families, as --messages 1000000]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
program=${BENCH_FAMILIES:-$root/build/bin/bench-families}
dir=$(mktemp -d "${TMPDIR:-/var/tmp}/parley-families-XXXXXX")
trap 'rm -rf "$dir"' EXIT

for conversations in 500 100000; do
  echo "== $conversations conversations"
  for families in 1 4 16 64; do
    "$program" --dir "$dir/data" --messages 10000000 --conversations "$conversations" \
      --families "$families" "$@"
  done
done
