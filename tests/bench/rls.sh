# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# What row-level security costs: the newest 50 tickets, one's own queue and a team's, by the very same calls against two databases of
# the same rows, in one of which no table asks a policy. For a person with one department and for one with five, turn by turn.
# Variables of run, data.sh and measure.sh.

rls_hash() { printf %s "$1" | sha256sum | cut -d' ' -f1; }

# Both get the same persons, and some confidential tickets that neither person may see.
rls_databases() {
    local side
    for side in with without; do
        data_clone "rls_$side" "$(data_name "$tickets")"
        run_psql -d "rls_$side" -v one="$(rls_hash one)" -v five="$(rls_hash five)" -f "$here/rls.sql"
    done
    echo "select format('alter table %s disable row level security', c.oid::regclass) from pg_class c where c.relrowsecurity \gexec" | run_psql -d rls_without >/dev/null
    run_psql -d rls_with -c 'vacuum (analyze)'
    run_psql -d rls_without -c 'vacuum (analyze)'
    run_psql -d postgres -c checkpoint
}

rls_cpu() {
    local postmaster
    postmaster=$(head -1 "$home/pg/data/postmaster.pid")
    # shellcheck disable=SC2046 # a list of numbers
    echo $(($(ticks ended "$postmaster") + $(ticks own $(children "$postmaster"))))
}

# rls_stretch CALL PERSON SIDE ROUND: round 0 only warms the caches.
rls_stretch() {
    local before took
    # shellcheck disable=SC2034 # load_pgbench's
    bench_db=rls_$3 agent_hash=$(rls_hash "$2") bench_more=(-D "person=$(run_psql -d rls_with -Atc "select person_id from ebb.token where token_hash = '$(rls_hash "$2")'")")
    before=$(rls_cpu)
    took=$(PGOPTIONS="-c ebb.token=$agent_hash" load_pgbench "rls_$1" ebb_app 2 "$([ "$4" -eq 0 ] && echo 1 || echo "$seconds")")
    # shellcheck disable=SC2086 # a list of numbers
    set -- "$@" $took
    [ "$4" -eq 0 ] || run_psql -d postgres -c "insert into rls values ('$1', '$2', '$3', $4, $6, ($(rls_cpu) - $before) * 10000.0 / greatest($5, 1))"
}

bench_rls() {
    local started call person round side
    started=$(now_ms)
    desk_stop "$home" # the databases stand alone here
    rls_databases
    for call in list queue team request; do
        for person in one five; do
            for ((round = 0; round <= rounds; round++)); do
                for side in with without; do rls_stretch "$call" "$person" "$side" "$round"; done
            done
        done
    done
    # shellcheck disable=SC2034 # load_pgbench's
    bench_db='' bench_more=()
    run_psql -d postgres -c 'drop database rls_with (force)' -c 'drop database rls_without (force)'
    ok_line "row-level security: the same calls with policies and without" "$(seconds_since "$started")"
}
