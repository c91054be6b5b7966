#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The worked example of docs/hacking.md does what the page says: its listings are taken out of the page, applied to a copy of
# sql/ and a database of its own, and its rows compiled into the router and the database's errors.
# It must not know what the example is about.
# shellcheck disable=SC2317 # functions run by name only: by trap and by tap_run
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/lib/tap.sh"
cd "$root" || exit 70
unset "${!PG@}"

work=$(mktemp -d)
database=hacking_$$
cleanup() {
    tests/lib/cluster.sh drop "$database" >/dev/null 2>&1
    rm -rf "$work"
}
trap cleanup EXIT

# A listing is a fence below a line that is nothing but a file's name; NNNN is the next number of a migration.
last=$(find sql/migrations -name '[0-9]*.sql' -printf '%f\n' | sort | tail -1 | cut -c1-4)
next=$(printf '%04d' $((10#$last + 1)))
cp -R sql "$work/sql"
mkdir -p "$work/tests/sql" && cp -R tests/lib "$work/tests/lib"
mkdir -p "$work/core/http" "$work/core/db"
listed=$(awk -v out="$work" -v next_no="$next" '
    /^`[a-z]+\/[^`]+`$/ { file = substr($0, 2, length($0) - 2); sub(/NNNN/, next_no, file); next }
    /^```/ && inside { inside = 0; file = ""; next }
    /^```/ && file != "" {
        inside = 1; path = out "/" file; if (path ~ /\.def$/) path = path ".add"
        folder = path; sub(/\/[^\/]*$/, "", folder); system("mkdir -p \"" folder "\""); printf "" >path; print file; next
    }
    inside { print >path }
    /[^[:space:]]/ && !inside { file = "" }' docs/hacking.md)

tap_ok "the page has a listing of each layer" "$(for layer in sql/migrations/ sql/code/.*/policy.sql sql/code/.*/trigger.sql sql/code/.*/api.sql \
    core/http/routes.def core/db/constraints.def tests/sql/ tests/api/; do
    grep -q "^$layer" <<<"$listed" || echo "no listing of $layer"
done)"

PGHOST=$(tests/lib/cluster.sh up | sed -n 's/^PGHOST=//p') PGUSER=postgres PGDATABASE=$database
[ -n "$PGHOST" ] || { echo "Bail out! no cluster for tests"; exit 70; }
export PGHOST PGUSER PGDATABASE
tap_run "a database for it can be made" tests/lib/cluster.sh clone "$database"
tap_run "its SQL applies" "$work/sql/apply"
tap_run "its SQL applies a second time" "$work/sql/apply"

run_sql() { # NAME FILE
    local said
    said=$(psql -X -q -A -t -P pager=off -v ON_ERROR_STOP=1 -f "$2" 2>&1)
    tap_ok "$1" "$(grep -vE '^ok |^1\.\.|^$|NOTICE' <<<"$said")"
}
if psql -X -q -c 'create extension if not exists pgtap' 2>/dev/null; then
    for file in "$work"/tests/sql/*.sql; do run_sql "its SQL tests pass" "$file"; done
    # The rules that hold for every table and function hold for these.
    if psql -X -q -c 'create extension if not exists plpgsql_check' 2>/dev/null; then
        cp tests/sql/schema.sql "$work/tests/sql/schema.sql"
        run_sql "its schema keeps the rules of the house" "$work/tests/sql/schema.sql"
    else
        tap_skip "its schema keeps the rules of the house" "plpgsql_check is not installed"
    fi
else
    tap_skip "its SQL tests pass" "pgTAP is not installed"
fi

# Rows join the others above the first #undef, or at the end; what compiles with them is a router that has them.
with_rows() { # TABLE SOURCE
    awk -v add="$work/$1.add" '/^#undef/ && !done { while ((getline line <add) > 0) print line; done = 1 } { print }
        END { if (!done) while ((getline line <add) > 0) print line }' "$1" >"$work/$1"
    "${CC:-cc}" -std=gnu11 -Wall -Wextra -fsyntax-only -I"$work/core" -Icore "$2"
}
tap_run "its routes compile" with_rows core/http/routes.def core/http/route.c
tap_run "its constraints compile" with_rows core/db/constraints.def core/db/sqlstate.c

for file in "$work"/tests/api/*.mjs; do
    if command -v node >/dev/null; then tap_run "its API test can be read by Node" node --check "$file"; else tap_skip "its API test can be read by Node" "Node is not installed"; fi
done
tap_done
