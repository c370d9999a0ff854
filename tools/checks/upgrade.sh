#!/bin/sh
# Whether a cluster can be upgraded from an earlier commit node by node, under
# load and back again: builds its parleyd outside this tree and runs
# cluster_upgrade_test between that and build/bin/parleyd.
#
#   tools/checks/upgrade.sh            from before the engine's last change
#   tools/checks/upgrade.sh COMMIT
#
# The other tree is kept in ~/.cache/parley-before (PARLEY_BEFORE names another
# place), so that the next run builds only what differs.
set -eu
cd "$(dirname "$0")/../.."

place=${PARLEY_BEFORE:-${XDG_CACHE_HOME:-$HOME/.cache}/parley-before}
commit=${1:-$(git log -1 --format=%H HEAD -- schema persistence actors node)~}
commit=$(git rev-parse --verify "$commit^{commit}")

if [ -e "$place" ]; then
  git -C "$place" checkout --quiet --detach "$commit"
else
  git worktree add --quiet --detach "$place" "$commit"
fi
[ -e "$place/build/build.ninja" ] || (cd "$place" && cmake --preset release)
cmake --build "$place/build" --parallel "$(nproc)" --target parleyd
cmake --build build --parallel "$(nproc)" --target cluster_upgrade_test

echo "upgrade: from $(git log -1 --format='%h (%s)' "$commit")"
PARLEYD_BEFORE=$place/build/bin/parleyd build/tests/cluster_upgrade_test --color_output=no
