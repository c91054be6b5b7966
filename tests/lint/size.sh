#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Sizes: .c 500 lines, .h 150, .sql 300, shell and JavaScript 500; functions 60 lines, in C and in PL/pgSQL.
# A function may have 100 when a line "/* long: reason */" (in SQL "-- long: reason") stands in it.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/lib/tap.sh"
cd "$root" || exit 70

too_long() { # LIMIT FIND-EXPRESSION...
    local limit=$1
    shift
    find core sql tests plugins include nginx -path nginx/site/node_modules -prune -o -path nginx/site/dist -prune -o -path core/build-aux -prune -o \
        -type f \( "$@" \) ! -name config.h -print 2>/dev/null | while read -r file; do
        lines=$(wc -l <"$file")
        [ "$lines" -le "$limit" ] || echo "$file has $lines lines"
    done
}

tap_ok "no .c file has more than 500 lines" "$(too_long 500 -name '*.c')"
tap_ok "no .h file has more than 150 lines, the plugin contract 250" "$(too_long 150 -name '*.h' ! -path include/ebb/plugin.h ! -path 'tests/plugin/abi/*'
    too_long 250 -path include/ebb/plugin.h)"
tap_ok "no .sql file has more than 300 lines" "$(too_long 300 -name '*.sql')"
tap_ok "no script has more than 500 lines" "$(too_long 500 -name '*.sh' -o -name '*.mjs' -o -name '*.py' -o -name '*.awk')"

# House style: a function's braces stand in the first column, and nothing else's do on a line of their own.
long_c() {
    # shellcheck disable=SC2016 # awk's
    find core plugins tests -name '*.c' -print0 2>/dev/null | xargs -0 -r awk '
        FNR == 1 { start = 0 }
        /^[a-zA-Z_].*[(]/ && !/;[ \t]*$/ { head = $0; at = FNR }
        /^\{/ { start = at ? at : FNR; reason = 0 }
        /\/\* long: / { reason = 1 }
        /^\}/ && start {
            lines = FNR - start + 1; limit = reason ? 100 : 60
            if (lines > limit) printf "%s:%d: %d lines: %s\n", FILENAME, start, lines, head
            start = 0; at = 0
        }'
}
tap_ok "no function in C has more than 60 lines" "$(long_c)"

long_sql() {
    # shellcheck disable=SC2016 # awk's
    find sql plugins -name '*.sql' -print0 2>/dev/null | xargs -0 -r awk '
        FNR == 1 { inside = 0 }
        tolower($0) ~ /^create( or replace)? (function|procedure) / { head = $0 }
        {
            n = gsub(/\$[a-z_]*\$/, "&")
            if (n % 2) {
                if (!inside) { inside = 1; start = FNR; reason = 0 }
                else {
                    inside = 0; lines = FNR - start + 1
                    if (lines > (reason ? 100 : 60)) printf "%s:%d: %d lines: %s\n", FILENAME, start, lines, head
                }
            }
            if (/-- long: /) reason = 1
        }'
}
tap_ok "no body in PL/pgSQL has more than 60 lines" "$(long_sql)"
tap_done
