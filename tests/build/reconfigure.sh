#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A build that the demo configured before cmocka was there is configured anew by the check that has installed it; any other is left alone.
set -uo pipefail
. "$EBB_SRC/tests/lib/tap.sh"
# shellcheck source=/dev/null
. "$EBB_SRC/core/demo/build.sh"
# shellcheck disable=SC2317 # build.sh calls it
did() { :; }

work=$(mktemp -d "$EBB_TESTS/reconfigure.XXXXXX")
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2016 # the script's own
printf '#!/bin/sh\necho "config.status $*" >>"%s/calls"\n' "$work" >"$work/config.status"
chmod 755 "$work/config.status"

if ! pkg-config --exists cmocka; then
    tap_skip "a build without cmocka is configured anew" "cmocka is not here"
    tap_done
fi
printf "CMOCKA_LIBS='-lcmocka '\n" >"$work/config.log"
build_configure "$EBB_SRC" "$work"
tap_ok "a build that found cmocka is left alone" "$(cat "$work/calls" 2>/dev/null)"
printf "CMOCKA_LIBS=''\n" >"$work/config.log"
build_configure "$EBB_SRC" "$work"
tap_ok "one that did not is configured anew, with what it was configured with" \
    "$(printf 'config.status --recheck\nconfig.status \n' | diff - "$work/calls")"
tap_done
