#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tests' private PostgreSQL: one cluster per build folder, a template database with schema and fixture, clones of it.
#   tests/lib/cluster.sh up            starts it, makes the template when sql/ has changed; prints PGHOST and EBB_TEMPLATE
#   tests/lib/cluster.sh clone NAME    a database of its own for one test, in a fraction of a second
#   tests/lib/cluster.sh drop NAME
#   tests/lib/cluster.sh down          stops it;   clean  removes it too
# EBB_TESTS names the folder for all that tests leave (default: build/tests); as root the cluster runs as postgres.
# It must not know any test.
set -euo pipefail
lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
src=$(cd "$lib/../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
for part in owner cluster; do
    # shellcheck source=/dev/null
    . "$src/core/demo/$part.sh"
done

tests=${EBB_TESTS:-$src/build/tests}
wanted=$tests/cluster
home=$(place "$wanted" tests)

run_psql() { psql -X -q -v ON_ERROR_STOP=1 -h "$home/pg" -U postgres "$@"; }

# The name of the template says what is in it. A run of tests keeps the one it began with, whatever is edited meanwhile.
template_name() {
    if [ -n "${EBB_TEMPLATE-}" ]; then
        echo "$EBB_TEMPLATE"
        return
    fi
    echo "ebb_template_$(find "$src/sql/apply" "$src/sql/roles.sql" "$src/sql/migrations" "$src/sql/code" "$lib/fixture.sql" -type f -print0 |
        LC_ALL=C sort -z | xargs -0 cat | sha256sum | cut -c1-12)"
}

has_database() { [ -n "$(run_psql -d postgres -Atc "select 1 from pg_database where datname = '$1'")" ]; }

make_template() { # NAME
    local old
    for old in $(run_psql -d postgres -Atc "select datname from pg_database where datname like 'ebb\\_template\\_%' or datname = 'ebb_new'"); do
        run_psql -d postgres -c "alter database $old is_template false" -c "drop database $old (force)"
    done
    run_psql -d postgres -c 'create database ebb_new'
    PGHOST=$home/pg PGDATABASE=ebb_new PGUSER=postgres "$src/sql/apply" --roles
    run_psql -d ebb_new -f "$lib/fixture.sql" >/dev/null
    run_psql -d ebb_new -c 'vacuum (analyze)'
    run_psql -d postgres -c "alter database ebb_new rename to $1" -c "alter database $1 is_template true allow_connections false"
}

up() {
    make_place "$wanted" tests
    prepare >&2
    echo "PGHOST=$home/pg"
    echo "EBB_TEMPLATE=$(template_name)"
}

prepare() {
    local name
    cluster_init "$home/pg" "fsync = off" "full_page_writes = off" "shared_buffers = '128MB'" "max_connections = 200" \
        "autovacuum_naptime = '10min'" "log_statement = 'none'"
    cluster_start "$home/pg"
    name=$(template_name)
    has_database "$name" || make_template "$name"
}

# A clone does not inherit the rights on the database itself, so they are copied.
clone() { # NAME
    local template
    template=$(template_name)
    run_psql -d postgres <<-SQL
		create database "$1" template "$template";
		update pg_database set datacl = (select datacl from pg_database where datname = '$template') where datname = '$1';
	SQL
}

drop() { run_psql -d postgres -c "set client_min_messages = warning" -c "drop database if exists \"$1\" (force)"; }

down() { cluster_stop "$home/pg" immediate; }

clean() {
    down
    rm -rf "$home" "$wanted"
}

# Not handed to the server that is started here (-o).
locked() {
    mkdir -p "$tests"
    EBB_CLUSTER_LOCKED=1 exec flock -o -w 600 "$tests/.cluster.lock" "${BASH_SOURCE[0]}" "$@"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    unset "${!PG@}"
    case ${1-} in
    up) [ -n "${EBB_CLUSTER_LOCKED-}" ] || locked "$@"; up ;;
    clone) clone "$2" ;;
    drop) drop "$2" ;;
    down) down ;;
    clean) clean ;;
    *) sed -n '3,8s/^# //p' "$0"; exit 64 ;;
    esac
fi
