#!/bin/sh
# Whether every source is formatted as .clang-format says.
#
#   tools/checks/format.sh         names what is not, exit status 1
#   tools/checks/format.sh --fix   formats it
set -eu
cd "$(dirname "$0")/../.."

sources() {
  find actors node persistence schema tests tools \( -name '*.cpp' -o -name '*.hpp' \) -print0
}

if [ "${1:-}" = --fix ]; then
  sources | xargs -0 clang-format -i
elif sources | xargs -0 clang-format --dry-run -Werror; then
  echo "format: as it should be"
else
  echo "format: run tools/checks/format.sh --fix"
  exit 1
fi
