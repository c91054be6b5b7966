# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# What service levels cost: the same create and the same change with clocks and without, everything recomputed, and the state of
# all open clocks by the view. Variables of run, data.sh and measure.sh.

# A database in which nothing of the clocks is left but their names.
sla_stub() { # DATABASE
    run_psql -d "$1" >/dev/null <<-'SQL'
		set role ebb_owner;
		create or replace function fn.sla_start(p_ticket ebb.ticket, p_calendar_id int) returns timestamptz language plpgsql as $$ begin return null; end $$;
		create or replace function fn.sla_refresh(p_ticket ebb.ticket) returns timestamptz language plpgsql as $$ begin return null; end $$;
		create or replace function fn.sla_concerns(o ebb.ticket, n ebb.ticket) returns boolean language plpgsql as $$ begin return false; end $$;
		create or replace function fn.sla_policy_of(p_ticket ebb.ticket, p_sla_policy_id int default null) returns int language plpgsql as $$ begin return null; end $$;
	SQL
}

sla_writes() {
    local side round call took
    for side in with without; do
        data_clone "sla_$side" "$(data_name "$tickets")"
        run_psql -d "sla_$side" -v reader="$reader_hash" -v agent="$agent_hash" -v other="$other_hash" -f "$here/tokens.sql"
    done
    sla_stub sla_without
    for call in create change; do
        for ((round = 0; round <= rounds; round++)); do
            for side in with without; do
                bench_db=sla_$side
                took=$(load_pgbench "$call" ebb_app 4 "$seconds")
                # Round 0 only warms the caches.
                # shellcheck disable=SC2086 # a list of numbers
                set -- $took
                [ "$round" -eq 0 ] || run_psql -d postgres -c "insert into sla_write values ('$call', '$side', $round, $2)"
            done
        done
    done
    # shellcheck disable=SC2034 # load_pgbench's
    bench_db=''
}

# The fastest of three runs: what is asked is the cost, not the neighbours'.
sla_timed() { # NAME SQL
    local best='' took
    for _ in 1 2 3; do
        took=$(run_psql -d sla_with -v ON_ERROR_STOP=1 -Atq <<-SQL
			select clock_timestamp() as begun \gset
			$2
			select extract(epoch from clock_timestamp() - :'begun'::timestamptz) * 1000;
		SQL
        )
        took=$(echo "$took" | tail -1)
        best=$(awk -v a="${best:-$took}" -v b="$took" 'BEGIN { print a < b ? a : b }')
    done
    run_psql -d postgres -c "insert into sla_time values ('$1', $best)"
}

sla_recompute() {
    local started job
    started=$(now_ms)
    job=$(run_psql -d sla_with -Atc "select ctl.sla_recompute_begin('{}') ->> 'sla_recompute_id'")
    for _ in {1..20}; do run_psql -d sla_with -Atc "select ctl.sla_recompute_step('{\"sla_recompute_id\": $job, \"limit\": 5000}')" >/dev/null; done
    run_psql -d postgres -c "insert into sla_time values ('recompute', $(($(now_ms) - started)))"
}

# A draft that touches most tickets of the largest department, over all of the sample's months.
sla_rehearse() {
    local started job reply=''
    job=$(run_psql -d sla_with -Atc "select ctl.rehearsal_begin('{\"department_code\": \"1\", \"months\": 24, \"policy\": {\"sla_policy_id\": 1, \"targets\": [{\"target_kind\": \"resolve\", \"target_s\": 86400}]}}') ->> 'sla_rehearsal_id'")
    started=$(now_ms)
    while [ "$reply" != true ]; do reply=$(run_psql -d sla_with -Atc "select ctl.rehearsal_step('{\"sla_rehearsal_id\": $job}') ->> 'is_done'"); done
    run_psql -d postgres -c "insert into sla_time values ('rehearsal', $(($(now_ms) - started)))"
    run_psql -d sla_with -Atc "select '  rehearsed: ' || r.done_count || ' tickets' from ebb.sla_rehearsal r where r.sla_rehearsal_id = $job"
}

bench_sla() {
    local started
    started=$(now_ms)
    desk_stop "$home" # the databases stand alone here
    sla_writes
    sla_recompute
    sla_rehearse
    sla_timed view "select count(*), count(*) filter (where is_breached), sum(remaining_business_hours) from reporting_v1.sla_clocks where clock_status in ('running', 'paused', 'breached') and stopped_at is null \\g /dev/null"
    sla_timed table "select count(*), count(*) filter (where due_at < now()), sum(target_s) from ebb.sla_clock where stopped_at is null and not is_cancelled \\g /dev/null"
    run_psql -d postgres -c 'drop database sla_with (force)' -c 'drop database sla_without (force)'
    ok_line "service levels: writes with and without clocks, up to 100,000 tickets recomputed, the state of all open clocks" "$(seconds_since "$started")"
}
