#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every shell script passes shellcheck.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/lib/tap.sh"
cd "$root" || exit 70

scripts=$(find autogen.sh .ci core sql nginx tests plugins -type f \( -name '*.sh' -o -path .ci/run -o -path sql/apply -o -path nginx/render \
    -o -path tests/run -o -path tests/bench/run \) ! -path 'core/build-aux/*' ! -path '*/node_modules/*' 2>/dev/null | sort)
for script in $scripts; do
    if ! command -v shellcheck >/dev/null; then
        tap_skip "$script" "shellcheck is not installed"
    else
        tap_run "$script" shellcheck -x "$script"
    fi
done
tap_done
