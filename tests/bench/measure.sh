# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# One stretch of load, by wrk or by pgbench, with the CPU it took from each process. Variables of run and data.sh.

# ticks PID...: CPU time of these processes in clock ticks; for PostgreSQL also that of the backends that have ended.
ticks() { # FIELDS PID...
    local fields=$1 pid
    shift
    for pid in "$@"; do cat "/proc/$pid/stat" 2>/dev/null || true; done | sed 's/^.*) //' |
        awk -v all="$fields" '{ sum += $12 + $13; if (all == "ended") sum += $14 + $15 } END { print sum + 0 }'
}

children() { ps -o pid= --ppid "$1" | tr -d ' '; } # PID
ebbd_children() { ps -o pid=,comm= --ppid "$(desk_pid "$home" ebbd)" | awk -v want="$1" '($2 == "ebbd-worker") == want { print $1 }'; } # 1|0

# cpu: four sums: nginx, workers, the rest of ebbd, PostgreSQL.
cpu() {
    local postmaster nginx
    postmaster=$(head -1 "$home/pg/data/postmaster.pid")
    nginx=$(desk_pid "$home" nginx/nginx)
    # shellcheck disable=SC2046 # lists of numbers
    echo "$(ticks own "$nginx" $(children "$nginx")) $(ticks own $(ebbd_children 1)) $(ticks own $(ebbd_children 0)) $(($(ticks ended "$postmaster") + $(ticks own $(children "$postmaster"))))"
}

# load_desk CALL CONNECTIONS SECONDS -> "requests per_second p50 p99 failed bytes"
load_desk() {
    EBB_BENCH_CALL=$1 EBB_BENCH_TICKETS=$tickets wrk -t "$(($2 < 2 ? 1 : 2))" -c "$2" -d "$3s" --timeout 10s -s "$here/call.lua" "$url" |
        tee "$home/log/wrk.log" | awk '$1 == "EBB" { printf "%d %.3f %s %s %d %.0f\n", $2, $2 / $3, $4, $5, $6, $7 }'
}

# load_pgbench SCRIPT ROLE CONNECTIONS SECONDS -> the same; pgbench's transactions are requests.
load_pgbench() {
    "$(command -v pgbench || echo "$(pg_bin)/pgbench")" -h "$home/pg" -U "$2" -d "${bench_db:-ebb}" -n -M prepared -c "$3" -j "$(($3 < 2 ? 1 : 2))" -T "$4" -f "$here/pg/$1.sql" \
        -D tickets="$tickets" -D reader="$reader_hash" -D agent="$agent_hash" -D story="$bench_story" ${bench_more[@]+"${bench_more[@]}"} >"$home/log/pgbench.log" 2>&1 || { cat "$home/log/pgbench.log" >&2; return 70; }
    awk '/number of transactions actually processed/ { n = $NF + 0 } /number of failed transactions/ { f = $5 + 0 } /latency average/ { l = $4 } /^tps/ { t = $3 }
        END { printf "%d %.3f %s null %d null\n", n, t, l, f }' "$home/log/pgbench.log"
}

# bench_stretch CALL SIDE CONNECTIONS ROUND
bench_stretch() {
    local before after took
    before=$(cpu)
    case $2 in
    desk) took=$(load_desk "$1" "$3" "$seconds") ;;
    same) took=$(load_pgbench "$1" ebb_app "$3" "$seconds") ;;
    bare) took=$(load_pgbench "bare_$1" postgres "$3" "$seconds") ;;
    esac
    after=$(cpu)
    [ -n "$took" ] || { echo "bench: no figures from $1 $2; see $home/log" >&2; exit 70; }
    # shellcheck disable=SC2086 # lists of numbers
    set -- "$1" "$2" "$3" "$4" $took $before $after
    run_psql -d postgres -c "insert into measure values ('$1', '$2', $3, $4, $5, $6, $7, $8, $9, ${10},
        $(((${15} - ${11}) * 10000)) / greatest($5, 1)::float8, $(((${16} - ${12}) * 10000)) / greatest($5, 1)::float8,
        $(((${17} - ${13}) * 10000)) / greatest($5, 1)::float8, $(((${18} - ${14}) * 10000)) / greatest($5, 1)::float8)"
}

bench_start() {
    bench_story=$(printf 'The connection drops and comes back after some minutes. %.0s' 1 2 3 4 5 6 7 8)
    # Caches are warm on both sides before anything counts.
    local call
    for call in read list; do
        load_desk "$call" 16 2 >/dev/null
        load_pgbench "$call" ebb_app 16 1 >/dev/null
        load_pgbench "bare_$call" postgres 4 1 >/dev/null
    done
    curl -fsS -o /dev/null -H "Authorization: Bearer $EBB_BENCH_READER" "$url/api/v1/tickets/1"
}

bench_call() { # CALL CONNECTIONS
    local round started
    started=$(now_ms)
    for ((round = 1; round <= rounds; round++)); do
        for side in desk same bare; do
            [ "$1" != create ] || wait_until 120 bench_is_quiet || echo "  outbox not empty yet" >&2
            bench_stretch "$1" "$side" "$2" "$round"
        done
    done
    ok_line "$1 at $2 connections: $(run_psql -d postgres -At -F ' ' -v call="$1" -v conns="$2" -f "$here/line.sql")" "$(seconds_since "$started")"
}
