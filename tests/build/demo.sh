#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ./autogen.sh demo from a copy of the tree, with a small sample: it comes up, prints the same again, mends what has died,
# stops and leaves nothing. A demo that runs in this checkout is not touched: the copy has a build folder of its own.
set -uo pipefail
. "$EBB_SRC/tests/lib/tap.sh"
copy=$(mktemp -d "$EBB_TESTS/demo.XXXXXX")/ebb
demo() { env -u EBB_SRC -u EBB_BUILD -u EBB_TESTS -u MAKEFLAGS EBB_DEMO_SCALE=0.02 ./autogen.sh demo "$@"; }
# shellcheck disable=SC2317 # called by the trap
finish() {
    [ ! -d "$copy" ] || (cd "$copy" && demo clean >/dev/null 2>&1)
    rm -rf "$(dirname "$copy")"
}
trap finish EXIT

copy_tree() {
    mkdir -p "$copy"
    (cd "$EBB_SRC" && { git ls-files -co --exclude-standard 2>/dev/null | grep . ||
        find . -type f ! -path './_build/*' ! -path './_inst/*'; } | xargs -d '\n' cp -p --parents -t "$copy" 2>/dev/null)
    chmod -R u+w "$copy"
    local page
    for page in "$EBB_BUILD/nginx/site/dist" "$EBB_SRC/nginx/site/dist"; do
        [ -e "$page/index.html" ] && cp -R "$page" "$copy/nginx/site/" && return 0
    done
    return 1
}
case $EBB_BUILD in */_build/*)
    tap_skip demo "the tarball's own check runs in a checkout"
    tap_done ;;
esac
if ! copy_tree; then
    tap_skip demo "the page is not built: make site"
    tap_done
fi
cd "$copy" || exit 70

block() { sed -n '/^  Open /,$p'; } # without the lines that tell times

first=$(demo 2>&1) || first_failed=$first
tap_ok "demo comes up from a fresh tree" "${first_failed-}"
# shellcheck source=/dev/null
. build/demo/env 2>/dev/null
tap_ok "build/demo/env is for its owner only" "$([ "$(stat -c %a build/demo/env)" = 600 ] || stat build/demo/env)"
for name in EBB_URL EBB_TOKEN EBB_ADMIN_TOKEN EBB_PASSPHRASE PGHOST PGDATABASE; do
    tap_ok "build/demo/env names $name" "$([ -n "${!name-}" ] || echo empty)"
done
tap_ok "the page answers" "$([ "$(curl --noproxy '*' -s -o /dev/null -w '%{http_code}' "$EBB_URL/")" = 200 ] || echo no)"
for role in bi_demo ebb_app ebb_api ebb_owner; do
    tap_run "$role can log in on the demo's socket" psql -X -At -U "$role" -c 'select 1'
done
tap_ok "the socket's folder is closed to others" "$([ "$(stat -L -c %a "$PGHOST")" = 700 ] || stat "$PGHOST")"

started=$(date +%s)
second=$(demo 2>&1)
tap_ok "a second demo prints the same block" "$(diff <(block <<<"$first") <(block <<<"$second"))"
tap_ok "... within ten seconds" "$([ $(($(date +%s) - started)) -le 10 ] || echo "$(($(date +%s) - started)) s")"

kill -9 "$(cat build/demo/run/ebbd.pid)" "$(head -1 build/demo/pg/data/postmaster.pid)"
third=$(demo 2>&1) || third_failed=$third
tap_ok "demo mends a daemon and a cluster that were killed" "${third_failed-}"
tap_ok "... with the same log-ins" "$(diff <(block <<<"$first") <(block <<<"$third"))"

tap_run "demo stop" demo stop
tap_ok "after stop nothing answers" "$(curl --noproxy '*' -s -m 2 "$EBB_URL/api/health" && echo answered)"
tap_ok "after stop the data is there" "$([ -s build/demo/pg/data/PG_VERSION ] || echo gone)"
place=$(readlink -f build/demo)
tap_run "demo clean" demo clean
tap_ok "after clean nothing is left" "$(for left in build/demo "$place"; do [ ! -e "$left" ] || echo "$left"; done)"
tap_done
