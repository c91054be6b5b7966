#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A tarball builds, passes its tests from a read-only source folder, installs and cleans up without a trace.
# In it only the quick kinds run: the others run here anyway.
set -uo pipefail
. "$EBB_SRC/tests/lib/tap.sh"

case $EBB_BUILD in
*/_build/*) reason="this is a distcheck already" ;;
"$EBB_SRC") reason="the tree is configured in place: type make distcheck" ;;
*) reason='' ;;
esac
if [ -n "$reason" ]; then
    tap_skip "make distcheck" "$reason"
    tap_done
fi
work=$(mktemp -d "$EBB_TESTS/distcheck.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

# A build of its own, so that nothing is in the way of the build under test.
# shellcheck disable=SC2016 # the inner shell's
tap_run "configure" sh -c 'cd "$1" && "$2/configure" -q' sh "$work" "$EBB_SRC"
tap_run "make distcheck" env -u MAKEFLAGS -u EBB_TESTS -u EBB_BUILD -u EBB_SRC make -C "$work" -s -j2 distcheck KINDS='lint unit sql'
tap_ok "the tarball holds every file of the tree" "$(cd "$EBB_SRC" &&
    comm -23 <(git ls-files 2>/dev/null | grep -v '^\.git' | sort) <(tar -tf "$work"/ebb-*.tar.xz 2>/dev/null | sed 's,^[^/]*/,,' | sort))"
tap_done
