# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# Does a call cost the same at twice the tickets? The same calls by pgbench against a desk of half the size, alternating.
# Variables of run and data.sh.

bench_growth() {
    local full=$tickets half=$((tickets / 2)) size call round took started
    started=$(now_ms)
    desk_stop "$home" # the two databases stand alone here
    data_template "$half"
    for size in $half $full; do
        data_clone "growth_$size" "$(data_name "$size")"
        run_psql -d "growth_$size" -v reader="$reader_hash" -v agent="$agent_hash" -v other="$other_hash" -f "$here/tokens.sql"
    done
    run_psql -d postgres -c checkpoint
    for call in $calls; do
        for ((round = 0; round <= rounds; round++)); do
            for size in $half $full; do
                tickets=$size bench_db=growth_$size
                took=$(load_pgbench "$call" ebb_app 4 "$seconds")
                # Round 0 only warms the caches.
                # shellcheck disable=SC2086 # a list of numbers
                set -- $took
                [ "$round" -eq 0 ] || run_psql -d postgres -c "insert into growth values ('$call', $size, $round, $2)"
            done
        done
    done
    # shellcheck disable=SC2034 # load_pgbench's
    tickets=$full bench_db=''
    for size in $half $full; do run_psql -d postgres -c "drop database growth_$size (force)"; done
    ok_line "the same calls at $half and at $full tickets" "$(seconds_since "$started")"
}
