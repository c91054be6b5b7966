# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# The bench's cluster with settings of production, its sample desks kept as template databases, and the desk in front of them.
# It must not know what is measured. Variables of run: src build home here tickets; of owner.sh: owner.

run_psql() { PGOPTIONS='-c client_min_messages=warning' psql -X -q -v ON_ERROR_STOP=1 -h "$home/pg" -U postgres "$@"; }

bench_cluster() {
    data_take_sum
    desk_stop "$home"
    cluster_init "$home/pg" "shared_buffers = '512MB'" "max_wal_size = '4GB'" "checkpoint_timeout = '15min'" "max_connections = 150" >"$home/log/initdb.log"
    cluster_start "$home/pg"
    as_owner "$(pg_bin)/pg_ctl" reload -s -D "$home/pg/data"
    run_psql -d postgres -f "$here/measure.sql"
}

# The name of a template says what it was made from, how many tickets it has, and on which day, because ages count from today.
# The sum is taken once: a run keeps what it began with, whatever is edited meanwhile.
data_sum=
data_name() { # TICKETS
    echo "bench_$1_$data_sum"
}
data_take_sum() {
    data_sum=$(date +%m%d)_$(find "$src/sql/apply" "$src/sql/roles.sql" "$src/sql/migrations" "$src/sql/code" "$src/sql/seed" -type f -print0 |
        LC_ALL=C sort -z | xargs -0 cat | sha256sum | cut -c1-10)
}

data_has() { [ -n "$(run_psql -d postgres -Atc "select 1 from pg_database where datname = '$1'")" ]; }

# data_template TICKETS: while it is loaded nothing waits for the disk; then everything goes there.
data_template() {
    local name old started
    name=$(data_name "$1")
    if ! data_has "$name"; then
        started=$(now_ms)
        for old in $(run_psql -d postgres -Atc "select datname from pg_database where datname like 'bench\\_$1\\_%' or datname = 'bench_new'"); do
            run_psql -d postgres -c "alter database $old is_template false" -c "drop database $old (force)"
        done
        run_psql -d postgres -c "alter system set fsync = off" -c "select pg_reload_conf()" -c 'create database bench_new' >/dev/null
        PGHOST=$home/pg PGDATABASE=bench_new PGUSER=postgres "$src/sql/apply" --roles >"$home/log/apply.log"
        run_psql -d bench_new -v tickets="$1" -v open_share=0.1 -f "$src/sql/seed/demo/demo.sql"
        run_psql -d bench_new -c 'vacuum (analyze)'
        run_psql -d postgres -c "alter system reset fsync" -c "select pg_reload_conf()" -c checkpoint >/dev/null
        sync -f "$home/pg/data"
        run_psql -d postgres -c "alter database bench_new rename to $name" -c "alter database $name is_template true allow_connections false"
        ok_line "$1 tickets loaded" "$(seconds_since "$started")"
    fi
}

# data_clone NAME TEMPLATE: a clone does not inherit the rights on the database itself, so they are copied.
data_clone() {
    run_psql -d postgres <<-SQL
		drop database if exists $1 (force);
		create database $1 template $2;
		update pg_database set datacl = (select datacl from pg_database where datname = '$2') where datname = '$1';
	SQL
}

bench_data() { # TICKETS
    local started
    data_template "$1"
    started=$(now_ms)
    data_clone ebb "$(data_name "$1")"
    # 43 characters after the prefix, as every token has.
    EBB_BENCH_READER=ebb_$(printf reader | sha256sum | cut -c1-43)
    EBB_BENCH_AGENT=ebb_$(printf agent | sha256sum | cut -c1-43)
    EBB_BENCH_OTHER=ebb_$(printf other | sha256sum | cut -c1-43)
    reader_hash=$(printf %s "$EBB_BENCH_READER" | sha256sum | cut -d' ' -f1)
    agent_hash=$(printf %s "$EBB_BENCH_AGENT" | sha256sum | cut -d' ' -f1)
    other_hash=$(printf %s "$EBB_BENCH_OTHER" | sha256sum | cut -d' ' -f1)
    export EBB_BENCH_READER EBB_BENCH_AGENT
    run_psql -d ebb -v reader="$reader_hash" -v agent="$agent_hash" -v other="$other_hash" -f "$here/tokens.sql"
    run_psql -d ebb -f "$here/bare.sql"
    run_psql -d postgres -c checkpoint
    ok_line "database for this run: $(run_psql -d ebb -Atc "select count(*) || ' tickets, ' || count(*) filter (where state < 4) || ' open' from ebb.ticket")" "$(seconds_since "$started")"
}

# ebbd as it comes, nginx with limits that do not count here.
bench_desk() {
    local started
    started=$(now_ms)
    port=$(desk_free_port 8680)
    url=http://127.0.0.1:$port
    mkdir -p "$home/site"
    desk_programs "$home" "$build"
    desk_conf "$home" "host=$home/pg dbname=ebb" "$url" "plugin_dir = \"$home/plugins\"" "plugin_owner = \"$(id -un)\""
    desk_nginx_conf "$src" "$home" "$port" "$home/site" EBB_API_PER_SECOND=100000 EBB_API_BURST=100000 EBB_ADDRESS_PER_SECOND=100000 EBB_ADDRESS_BURST=100000
    desk_ebbd_start "$home"
    desk_nginx_start "$home"
    wait_until 20 desk_is_ready "$url" || { tail -n 15 "$home/log/ebbd.log" "$home/log/ebbd.err" >&2; exit 69; }
    wait_until 120 bench_is_quiet || echo "  the courier or the clock still has work; figures may suffer" >&2
    ok_line "$(ebbd_children 1 | wc -l) workers, nginx on ${url#http://}" "$(seconds_since "$started")"
}

# What the clock and the courier owe is done.
bench_is_quiet() {
    [ "$(run_psql -d ebb -Atc "select (select count(*) from ebb.outbox where done_at is null and next_at <= now() + interval '1 minute') + (select count(*) from ebb.ticket where state = 3 and waiting_until <= now())")" -eq 0 ]
}
