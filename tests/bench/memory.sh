# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# What the workers keep: private memory after 10,000 mixed requests each, and after as many again. Variables of run and data.sh.

memory_now() { # -> "workers largest mean", kB private
    local pid
    for pid in $(ebbd_children 1); do awk '/^Private_(Clean|Dirty):/ { sum += $2 } END { print sum + 0 }' "/proc/$pid/smaps_rollup" 2>/dev/null || true; done |
        awk '{ n++; sum += $1; if ($1 > top) top = $1 } END { print n + 0, top + 0, int(sum / (n ? n : 1)) }'
}

bench_memory() {
    local wanted done=0 goal now started
    started=$(now_ms)
    # Fresh workers, so that the count is theirs.
    desk_stop "$home"
    desk_ebbd_start "$home"
    desk_nginx_start "$home"
    wait_until 20 desk_is_ready "$url"
    goal=$(($(ebbd_children 1 | wc -l) * 10000))
    for wanted in 1 2; do
        while [ "$done" -lt $((goal * wanted)) ]; do
            now=$(load_desk mixed 16 3)
            done=$((done + ${now%% *}))
        done
        now=$(memory_now)
        run_psql -d postgres -c "insert into memory values ($done, ${now// /, })"
    done
    ok_line "memory of the workers after $done mixed requests" "$(seconds_since "$started")"
}
