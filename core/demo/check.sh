#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ./autogen.sh check            bootstrap, build, every test on a private cluster, then units, API and fuzz again under sanitizers
# ./autogen.sh check --quick    lint, units, SQL and API only
# ./autogen.sh check T=ticket   only tests whose name contains the word; KINDS="unit sql" only these kinds
# It must not know a test: tests/run does.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)
src=$(cd "$here/../.." && pwd)
cd "$src"
PATH=$PATH:/usr/sbin:/sbin
for part in say owner packages build site cluster; do
    # shellcheck source=/dev/null
    . "$here/$part.sh"
done

quick='' noun='' kinds=''
for argument in "$@"; do
    case $argument in
    --quick) quick=1 ;;
    T=*) noun=${argument#*=} ;;
    KINDS=*) kinds=${argument#*=} ;;
    --help) sed -n '3,5s/^# //p' "$0"; exit 0 ;;
    *) sed -n '3,5s/^# //p' "$0" >&2; exit 64 ;;
    esac
done
[ -z "$quick" ] || kinds=${kinds:-lint unit sql api}

build_is_ours "$src"
again="./autogen.sh check${*:+ $*}"
# shellcheck disable=SC2034 # say.sh's
log_dir=$src/build/log
build=$(build_dir "$src")

# A browser is wanted where it can be had; without one, the tests that need it are skipped by name.
wanted=(build run test)
site_came_built "$src" || wanted+=(site)
if [ -z "$quick" ] && packages_may_install; then wanted+=(web); fi
packages_need "$again" "${wanted[@]}"
build_all "$again" "$src" "$build" --enable-werror
[ -n "$quick" ] || step site "building the page" "$again" site_build "$src" "$build"

# Not for a part of the tests. A tree that was configured in place cannot be built a second time elsewhere.
sanitized=''
if [ -z "$quick$kinds$noun" ] && [ "$build" != "$src" ]; then
    sanitized=$src/build/sanitized
    step configure-sanitized "configuring with sanitizers" "$again" \
        build_configure "$src" "$sanitized" --enable-sanitizers --enable-werror CFLAGS='-g -O1'
    step make-sanitized "compiling with sanitizers" "$again" build_make "$sanitized"
fi

# shellcheck disable=SC2086 # a list of kinds
exec "$src/tests/run" --build="$build" ${sanitized:+--sanitized="$sanitized"} ${noun:+--noun="$noun"} $kinds
