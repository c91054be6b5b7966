#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs one test file by the tool its ending asks for:  tests/lib/one.sh KIND FILE   (environment from tests/run)
# Leaves EBB_TESTS/<kind>/<name>.{tap,log,results}. It must not count.
set -uo pipefail
kind=$1 file=$2
name=$(basename "$file")
name=${name%.*} name=${name%.test}
lib=$EBB_SRC/tests/lib
out=$EBB_TESTS/$EBB_LABEL/$name
limit=${EBB_TEST_LIMIT_S:-600}

with_database() { # COMMAND...: with a clone in PGDATABASE
    local rc
    PGDATABASE=t_${kind}_$(printf %s "$name" | tr -c 'a-z0-9_' _ | cut -c1-40)
    export PGDATABASE
    "$lib/cluster.sh" drop "$PGDATABASE" && "$lib/cluster.sh" clone "$PGDATABASE" || return 70
    "$@"
    rc=$?
    "$lib/cluster.sh" drop "$PGDATABASE"
    return $rc
}

# run_binary ARGUMENT...: what make has built of a C test
run_binary() {
    local binary=$EBB_BUILD/core/check/$kind/$name
    [ "$kind" != plugin ] || binary=$EBB_BUILD/plugins/check/$name
    if [ "$kind" = plugin ] && ! "${CC:-cc}" -E -include stdarg.h -include stddef.h -include setjmp.h -include stdint.h -include cmocka.h \
        -xc /dev/null >/dev/null 2>&1; then
        printf 'ok 1 - %s # SKIP cmocka is not installed\n1..1\n' "$name"
        return
    fi
    if [ ! -x "$binary" ]; then
        grep -A 4 -e "$name\.c.*error" -e 'undefined reference' "$EBB_TESTS/$EBB_LABEL/make.log" | head -40 >&2
        printf 'not ok 1 - %s does not compile\n1..1\n' "$name"
        return 1
    fi
    cd "$EBB_SRC" && CMOCKA_MESSAGE_OUTPUT=TAP timeout "$limit" "$binary" "$@"
}

# What pg_prove does, with our own counting: a file is one session.
run_sql() {
    psql -X -q -d "$PGDATABASE" -c 'create extension if not exists pgtap' &&
        timeout "$limit" psql -X -q -A -t -P pager=off -v ON_ERROR_STOP=1 -v ON_ERROR_ROLLBACK=1 -d "$PGDATABASE" -f "$file"
}

# One test a permutation; what it printed is compared with tests/isolation/expected.
run_isolation() {
    local tester got=$out.out
    tester=$(dirname "$EBB_PGBIN")/lib/pgxs/src/test/isolation/isolationtester
    timeout "$limit" "$tester" "host=$PGHOST dbname=$PGDATABASE user=$PGUSER" <"$file" >"$got" || return
    awk -f "$lib/isolation.awk" "$EBB_SRC/tests/isolation/expected/$name.out" "$got"
    diff -u "$EBB_SRC/tests/isolation/expected/$name.out" "$got" >&2
}

# With a database of its own in PGDATABASE.
run_python() {
    if ! command -v python3 >/dev/null; then
        printf 'ok 1 - %s # SKIP python3 is not installed\n1..1\n' "$name"
    elif [ -n "${PGHOST-}" ]; then
        with_database timeout "$limit" python3 -B "$file"
    else
        timeout "$limit" python3 -B "$file"
    fi
}

run_file() {
    case $file in
    */unit/*.c | */plugins/*.c) run_binary ;;
    */fuzz/*.c) run_binary "$EBB_SRC/tests/fuzz/corpus/$name" ;;
    */sql/*.sql) with_database run_sql ;;
    *.spec) with_database run_isolation ;;
    *.mjs) timeout "$limit" node --test-reporter=tap "$file" ;;
    *.py) run_python ;;
    *) timeout "$limit" "$file" ;;
    esac
}

started=$(date +%s%3N)
run_file >"$out.tap" 2>"$out.log" </dev/null
status=$?
awk -v status=$status -v file="$name" -f "$lib/tap.awk" "$out.tap" >"$out.results"
if grep -q '^fail' "$out.results"; then grep -A 16 '^ *not ok' "$out.tap" | grep -vE '^ *(ok|duration_ms|stack|at |---|type)' | head -60 >>"$out.log"; fi
echo $(($(date +%s%3N) - started)) >"$out.ms"
