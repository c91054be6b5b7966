# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# What plugins cost: a create with none, one and five of them; ten thousand events through two hundred rules; another department's creates
# while a plugin crashes or hangs in its own. Variables of run, data.sh and measure.sh. It must not know what a plugin does.

bench_ctl() {
    (cd / && PGHOST=$home/pg PGUSER=postgres PGDATABASE=ebb EBB_CONF=$home/ebb.conf EBB_SQL=$src/sql "$build/core/ebbctl" plugin "$@") >>"$home/log/plugin.log" 2>&1 ||
        { tail -n 3 "$home/log/plugin.log" >&2; return 70; }
}

ebbd_named() { ps -o pid=,comm= --ppid "$(desk_pid "$home" ebbd)" | awk -v want="ebbd-$1" '$2 == want { print $1 }'; } # NAME
# shellcheck disable=SC2046 # lists of numbers
host_ticks() { # with those of hosts that have ended
    local pid sum=0
    for pid in $(ebbd_named keeper); do sum=$((sum + $(ticks ended "$pid") - $(ticks own "$pid") + $(ticks own $(children "$pid")))); done
    echo $sum
}
# shellcheck disable=SC2046
postgres_ticks() { echo $(($(ticks ended "$(head -1 "$home/pg/data/postmaster.pid")") + $(ticks own $(children "$(head -1 "$home/pg/data/postmaster.pid")")))); }

# plugin_build NAME SOURCE [FLAG...]
plugin_build() {
    local name=$1 source=$2
    shift 2
    "${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -fPIC -shared -fvisibility=hidden -I "$src/include" "$@" -o "$home/built/$name.so" "$source"
}

plugins_ready() { [ "$(ebbd_named courier | wc -l)" -eq 1 ] && [ "$(ebbd_named courier)" != "$1" ] && desk_is_ready "$url"; }

plugins_install() {
    local before started n name
    started=$(now_ms)
    mkdir -p "$home/plugins" "$home/built"
    chmod 755 "$home/plugins" "$home/built"
    for n in 1 2 3 4 5; do plugin_build advise_$n "$here/advise.c" "-DNAME=\"advise_$n\""; done
    for name in crash hang; do plugin_build $name "$src/tests/plugin/hostile/$name.c"; done
    cp "$build/plugins/automate_rules.so" "$build/plugins/classify_rules.so" "$home/built/"
    before=$(ebbd_named courier)
    for name in advise_1 advise_2 advise_3 advise_4 advise_5 crash hang; do bench_ctl install "$home/built/$name.so"; done
    for name in automate_rules classify_rules; do bench_ctl install "$home/built/$name.so" --sql "$src/plugins/$name/sql"; done
    wait_until 30 plugins_ready "$before" || { echo "bench: the desk did not take the plugins over; see $home/log" >&2; return 70; }
    plugin_rules 20 words >"$home/built/words.json"
    plugin_rules 200 conditions >"$home/built/conditions.json"
    bench_ctl configure classify_rules --department it --values "$home/built/words.json"
    bench_ctl configure automate_rules --department it --values "$home/built/conditions.json"
    for name in advise_1 advise_2 advise_3 advise_4 advise_5 crash hang classify_rules automate_rules; do
        bench_ctl enable $name --department it --mode act
    done
    plugins_use ''
    ok_line "$(find "$home/plugins" -name '*.so' | wc -l) plugins installed" "$(seconds_since "$started")"
}

# plugins_use "NAME ...": exactly these are enabled for IT.
plugins_use() {
    run_psql -d ebb >/dev/null <<-SQL
		update ebb.plugin_department d set is_enabled = p.plugin_name = any (string_to_array('$1', ' ')), quarantined_at = null, quarantine_reason = null, strikes_from = '${2:-now}'
		  from ebb.plugin p where p.plugin_id = d.plugin_id;
		select pg_notify('ebb_cache', 'plugin');
	SQL
}

# plugin_rules COUNT KIND: rules as a parameter's value. Of the conditions one in two hundred holds for a tenth of the tickets.
plugin_rules() {
    awk -v count="$1" -v kind="$2" 'BEGIN {
        printf "{\"rules\": ["
        for (n = 1; n <= count; n++) {
            printf "%s{\"name\": \"rule %d\", ", (n > 1 ? ", " : ""), n
            if (kind == "words") printf "\"words\": [\"word%d\", \"phrase number %d\", \"%s\"], \"set\": {\"urgency\": 2}}", n, n, (n == count ? "connection" : "none" n)
            else printf "\"when\": \"ticket.opened\", \"if\": \"$.facts.%s\", \"then\": [{\"action\": \"note\", \"args\": {\"text\": \"Rule %d.\"}}]}", (n == 100 ? "ticket_ref like_regex \\\"0$\\\"" : "impact == 1 \\u0026\\u0026 $.facts.subject starts with \\\"No such subject " n "\\\""), n
        }
        print "]}"
    }'
}

# ---- a create with none, one and five ----

plugins_create() { # CONNECTIONS
    local round started took side names before after
    started=$(now_ms)
    for ((round = 0; round <= rounds; round++)); do
        for side in none one five rules; do
            case $side in
            none) names='' ;;
            one) names='advise_1' ;;
            five) names='advise_1 advise_2 advise_3 advise_4 advise_5' ;;
            rules) names='classify_rules' ;;
            esac
            plugins_use "$names"
            wait_until 120 bench_is_quiet || echo "  outbox not empty yet" >&2
            load_desk create "$1" 1 >/dev/null # processes of plugins are started
            before="$(cpu) $(host_ticks)"
            took=$(load_desk create "$1" "$seconds")
            after="$(cpu) $(host_ticks)"
            # Round 0 only warms up.
            [ "$round" -gt 0 ] || continue
            # shellcheck disable=SC2086 # lists of numbers
            set -- "$1" $took $before $after
            run_psql -d postgres -c "insert into plugin_create values ('$side', $1, $round, $2, $3, $4, $5, $6, (${14} - ${9}) * 10000 / greatest($2, 1)::float8,
                (${16} - ${11}) * 10000 / greatest($2, 1)::float8, (${17} - ${12}) * 10000 / greatest($2, 1)::float8)"
        done
    done
    plugins_use ''
    ok_line "create at $1 connections with none, one and five plugins" "$(seconds_since "$started")"
}

# ---- events through rules ----

events_left() { run_psql -d ebb -Atc "select (select count(*) from ebb.outbox where done_at is null and next_at <= now() + interval '1 minute') + (select count(*) from ebb.plugin_delivery where done_at is null)"; }
events_are_done() { [ "$(events_left)" -eq 0 ]; }

plugins_events() {
    local round before after count=10000 took started all
    all=$(now_ms)
    [ "$tickets" -ge 20000 ] || count=$((tickets / 5))
    wait_until 120 bench_is_quiet || true
    for ((round = 1; round <= 2; round++)); do
        plugins_use automate_rules
        run_psql -d ebb -c "analyze ebb.plugin_delivery" -c "analyze ebb.outbox"
        before="$(ticks own "$(ebbd_named courier)") $(host_ticks) $(postgres_ticks)"
        started=$(now_ms)
        count=$(run_psql -d ebb -Atc "with added as (
            insert into ebb.outbox (department_id, topic, ticket_id, payload, created_at, next_at)
            select 1, 'ticket.opened', ticket_id, jsonb_build_object('ticket_id', ticket_id, 'version', 1), now(), now()
              from (select ticket_id from ebb.ticket where department_id = 1 order by ticket_id desc limit $count) t returning 1) select count(*) from added")
        wait_until 900 events_are_done || { echo "bench: $(events_left) events are left" >&2; return 70; }
        took=$(($(now_ms) - started))
        after="$(ticks own "$(ebbd_named courier)") $(host_ticks) $(postgres_ticks)"
        # shellcheck disable=SC2086 # lists of numbers
        set -- $before $after
        run_psql -d postgres -c "insert into plugin_events values ($round, $count, $took / 1000.0, ($4 - $1) * 10000.0 / $count, ($5 - $2) * 10000.0 / $count, ($6 - $3) * 10000.0 / $count,
            $(run_psql -d ebb -Atc "select count(*) from ebb.plugin_action"))"
    done
    plugins_use ''
    ok_line "$count events through 200 rules, twice" "$(seconds_since "$all")"
}

# ---- the department next door ----

# harm_load DEPARTMENT SECONDS: creates at a steady pace, below what the machine can do.
harm_load() {
    case $1 in
    it) EBB_BENCH_DELAY=100 EBB_BENCH_SERVICES='1 14' load_desk create 4 "$2" ;;
    hr) EBB_BENCH_DELAY=40 EBB_BENCH_SERVICES='15 18' EBB_BENCH_AGENT=$EBB_BENCH_OTHER load_desk create 8 "$2" ;;
    esac
}

# As it is delivered ("quarantined" after three strikes), and with strikes that never count, so that the plugin goes on and on.
plugins_harm() {
    local round side took names from incidents started
    started=$(now_ms)
    for ((round = 0; round <= 2 * rounds; round++)); do # a p99 wants many
        for side in quiet honest crash hang crash_on hang_on; do
            names=${side%_on} from=now
            case $side in quiet) names='' ;; honest) names=advise_1 ;; *_on) from=infinity ;; esac
            plugins_use "$names" "$from"
            wait_until 120 bench_is_quiet || true
            incidents=$(run_psql -d ebb -Atc 'select count(*) from ebb.plugin_incident')
            harm_load it $((seconds + 1)) >/dev/null &
            took=$(harm_load hr "$seconds")
            wait $!
            incidents=$(($(run_psql -d ebb -Atc 'select count(*) from ebb.plugin_incident') - incidents))
            [ "$round" -gt 0 ] || continue
            # shellcheck disable=SC2086 # a list of numbers
            set -- $took
            run_psql -d postgres -c "insert into plugin_harm values ('$side', $round, $1, $3, $4, $5, $incidents)"
        done
    done
    plugins_use ''
    ok_line "another department's creates beside a plugin that crashes or hangs" "$(seconds_since "$started")"
}

bench_plugins() {
    local conns
    plugins_install
    for conns in $connections; do plugins_create "$conns"; done
    plugins_events
    plugins_harm
}
