#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sample desk (sql/seed/demo), small: it can be repeated, it is what a desk could have done, and its faults are there.
set -uo pipefail
root=${EBB_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$root/tests/lib/tap.sh"
: "${PGHOST:?tests/run gives the cluster}"
export PGUSER=postgres PGOPTIONS='-c client_min_messages=warning'
until='2026-03-31 14:00:00Z'
first=t_sample_1 second=t_sample_2

run_psql() { psql -X -q -v ON_ERROR_STOP=1 "$@"; }
count() { run_psql -d "$first" -Atc "$2" | awk -v want="$1" '$0 != want { print "counted " $0 ", expected " want }'; } # WANT QUERY
rows() { run_psql -d "$first" -Atc "$1" 2>&1; } # QUERY that finds faults

# shellcheck disable=SC2317 # called through tap_run
make_desk() { # DATABASE TICKETS
    run_psql -d postgres -c "drop database if exists $1 (force)" -c "create database $1" &&
        PGDATABASE=$1 "$root/sql/apply" --roles >/dev/null &&
        run_psql -d "$1" -v tickets="$2" -v until="$until" -f "$root/sql/seed/demo/demo.sql"
}
# shellcheck disable=SC2317 # called by the trap
drop_desks() { run_psql -d postgres -c "drop database if exists $first (force)" -c "drop database if exists $second (force)"; }
trap drop_desks EXIT

sum_of() {
    run_psql -d "$1" -Atc "select md5(string_agg(e::text, '|' order by ticket_id, seq)) from ebb.ticket_event e
                           union all select md5(string_agg(t::text, '|' order by ticket_id)) from ebb.ticket t
                           union all select md5(string_agg(p::text, '|' order by person_id)) from ebb.person p"
}

tap_run "the sample loads" make_desk "$first" 2500
tap_run "and loads again elsewhere" make_desk "$second" 2500
tap_ok "the same variables give the same desk" "$(diff <(sum_of "$first") <(sum_of "$second"))"

tap_ok "5 departments, 12 teams, 40 agents, 1,500 who only ask, 30 services, 2,500 tickets" "$(count '5 12 40 1500 30 2500' "
    select concat_ws(' ', (select count(*) from ebb.department), (select count(*) from ebb.team), (select count(distinct person_id) from ebb.membership),
        (select count(*) from ebb.person p where not exists (select from ebb.person_role r where r.person_id = p.person_id)), (select count(*) from ebb.service), (select count(*) from ebb.ticket))")"
tap_ok "six in a hundred are open" "$(count t "select count(*) between 140 and 160 from ebb.ticket where state < 4")"
tap_ok "every ticket is what its journal says" "$(rows 'select * from ctl.ticket_audit(array(select ticket_id from ebb.ticket)) limit 5')"
tap_ok "old values are those of the event before" "$(rows "
    select * from (select e.ticket_id, e.seq, c.key, c.value -> 0 as old, coalesce(lag(c.value -> 1) over (partition by e.ticket_id, c.key order by e.seq), 'null') as before
                     from ebb.ticket_event e cross join jsonb_each(e.changes) c) x where seq > 1 and old <> before limit 5")"
tap_ok "states change as ebb.state_transition allows" "$(rows "
    select e.ticket_id, e.seq from ebb.ticket_event e
     where e.seq > 1 and e.changes ? 'state'
       and not exists (select from ebb.state_transition s where s.from_state = (e.changes #>> '{state,0}')::int and s.to_state = (e.changes #>> '{state,1}')::int) limit 5")"
tap_ok "nothing happens in the future or before what came before" "$(rows "
    select ticket_id, seq from (select ticket_id, seq, occurred_at, lag(occurred_at) over (partition by ticket_id order by seq) as before from ebb.ticket_event) x
     where occurred_at >= '$until' or occurred_at <= before limit 5")"
tap_ok "an assignee is a member of the accountable team" "$(rows "
    select s.ticket_id from ebb.ticket_span s where s.assignee_id is not null
       and not exists (select from ebb.membership m where m.team_id = s.team_id and m.person_id = s.assignee_id and m.is_active) limit 5")"
tap_ok "hand-overs are answered in time, and those to a former holder decided by the service's owner" "$(rows "
    select f.transfer_id from ebb.transfer f join ebb.ticket t on t.ticket_id = f.ticket_id
     where f.answered_at > f.answer_due_at or f.is_return and f.answered_by <> t.accountable_person_id
        or f.is_return is distinct from exists (select from ebb.ticket_span s where s.ticket_id = f.ticket_id and s.started_at < f.offered_at and s.team_id = f.to_team_id) limit 5")"
tap_ok "the planted faults are there: bounce, return, ageing, inflation, sweep, reopening" "$(count 't t t t t t' "
    select concat_ws(' ',
        (select avg((return_count > 0)::int) > 0.2 from ebb.ticket where service_id = 3),
        (select count(distinct to_char(opened_at, 'YYYY-MM')) >= 10 from ebb.ticket where subject like '%X17'),
        (select avg((team_id = 4)::int) > 0.4 from ebb.ticket where state < 4 and assignee_id is null),
        (select avg((priority = 1)::int) > 0.5 from ebb.ticket where department_id = 5),
        (select count(*) >= 10 from ebb.ticket where state_note like 'Closed in the spring%'),
        (select avg((reopen_count > 0)::int) > 0.1 from ebb.ticket where service_id = 1))")"
tap_ok "what comes next is numbered after the sample" "$(count t "select nextval(pg_get_serial_sequence('ebb.ticket', 'ticket_id')) = 2501 and nextval(pg_get_serial_sequence('ebb.person', 'person_id')) = 1547")"
tap_ok "a desk that is not empty is left alone" "$(if make=$(run_psql -d "$first" -f "$root/sql/seed/demo/demo.sql" 2>&1); then echo "it was loaded again: $make"; fi)"
tap_done
