#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One desk for one test: a clone of the template, ebbd and nginx on a free port.
#   tests/lib/desk.sh start [NAME=VALUE ...]    upper-case names go to nginx's templates, lower-case ones to ebb.conf;
#                                               prints what was started as NAME=VALUE lines
#   tests/lib/desk.sh stop HOME                 stops it, drops its database; exits 1 when a sanitizer has complained
#   tests/lib/desk.sh stop-all                  stops what tests that were killed have left
# EBB_BUILD names the build whose ebbd is used. It must not know any test.
# shellcheck disable=SC2154 # owner comes from owner.sh
set -euo pipefail
# shellcheck source=tests/lib/cluster.sh
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
# shellcheck source=/dev/null
. "$src/core/demo/desk.sh"
unset "${!PG@}"
build=${EBB_BUILD:-$src/build}

# Limits are wide open unless a test closes them; production's defaults would make tests wait.
nginx_values=(EBB_API_PER_SECOND=100000 EBB_API_BURST=10000 EBB_ADDRESS_PER_SECOND=100000 EBB_ADDRESS_BURST=10000
    EBB_LOGIN_PER_MINUTE=60000 EBB_LOGIN_BURST=1000 EBB_TRIP_PER_MINUTE=60000 EBB_TRIP_BURST=1000)

# A finding ends the process and leaves a file beside the logs.
sanitizer_options() { # HOME
    export ASAN_OPTIONS="log_path=$1/log/sanitizer:detect_leaks=1:abort_on_error=0"
    export UBSAN_OPTIONS="log_path=$1/log/sanitizer:print_stacktrace=1"
}

start_nginx() { # HOME: another test may take the port between the look and the start
    local first port try
    first=$((20000 + $$ % 10000))
    for try in 1 2 3 4 5; do
        port=$(desk_free_port $((first + try * 7)))
        desk_nginx_conf "$src" "$1" "$port" "$1/site" "${nginx_values[@]}"
        if desk_nginx_start "$1" >>"$1/log/start.log" 2>&1; then
            echo "$port"
            return 0
        fi
    done
    cat "$1/log/start.log" >&2
    return 69
}

start() {
    local value port url desk database conf=()
    for value in "$@"; do
        case $value in
        [A-Z]*) nginx_values+=("$value") ;;
        *) conf+=("${value%%=*} = ${value#*=}") ;;
        esac
    done
    for value in "workers = 2" "session_workers = 1"; do # a parameter may stand there only once
        [[ "$(printf '%s\n' "${conf[@]-}" | sed 's/ .*//')" =~ (^|$'\n')"${value%% *}"($|$'\n') ]] || conf+=("$value")
    done
    mkdir -p "$home/d"
    desk=$(mktemp -d "$home/d/XXXX")
    database=test_$(basename "$desk")
    chmod 755 "$home/d" "$desk"
    mkdir -p "$desk/site"
    mkdir -m 700 "$desk/run" "$desk/log"
    if [ "$(id -u)" -eq 0 ]; then chown "$owner": "$desk/run" "$desk/log"; fi
    echo '<!doctype html><title>Ebb</title>' >"$desk/site/index.html"
    clone "$database"
    (flock 9 && desk_programs "$home/programs/$(basename "$build")" "$build") 9>"$home/.programs.lock"
    ln -s "$home/programs/$(basename "$build")/bin" "$desk/bin"
    port=$(start_nginx "$desk")
    url=http://127.0.0.1:$port
    desk_conf "$desk" "host=$home/pg dbname=$database" "$url" "${conf[@]}"
    sanitizer_options "$desk"
    desk_ebbd_start "$desk"
    wait_until 20 desk_is_ready "$url" || {
        echo "$url/api/ready does not answer 200" >&2
        tail -n 20 "$desk/log/ebbd.log" "$desk/log/ebbd.err" >&2 || true
        exit 69
    }
    printf '%s\n' "home=$desk" "url=$url" "database=$database" "pghost=$home/pg" \
        "ebbd=$(desk_pid "$desk" ebbd)" "nginx=$(desk_pid "$desk" nginx/nginx)"
}

stop() { # HOME
    local desk=$1 found=0
    desk_stop "$desk"
    drop "test_$(basename "$desk")"
    for report in "$desk"/log/sanitizer.*; do
        [ -e "$report" ] || continue
        cat "$report" >&2
        found=1
    done
    if [ $found -eq 0 ] && [ -z "${EBB_KEEP-}" ]; then rm -rf "$desk"; fi
    return $found
}

case ${1-} in
start) start "${@:2}" ;;
stop) stop "$2" ;;
stop-all) for desk in "$home"/d/*/; do desk_stop "${desk%/}"; done ;;
*) sed -n '3,8s/^# //p' "$0"; exit 64 ;;
esac
