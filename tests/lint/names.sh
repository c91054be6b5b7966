#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tree tells where things are: a closed top level, one noun one basename, licence lines, nothing left undone.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/lib/tap.sh"
cd "$root" || exit 70

# In a checkout: what git knows or would add; in an unpacked tarball: all that is not made by configure or make.
roots='core plugins sql include nginx tests docs .ci autogen.sh configure.ac README.md LICENSE .clang-format .editorconfig .gitignore'
files() {
    # shellcheck disable=SC2086 # a list of names
    { git ls-files -co --exclude-standard -- $roots 2>/dev/null | grep . ||
        find $roots -type f ! -path 'core/build-aux/*' ! -path 'nginx/site/dist/*' ! -path '*/node_modules/*' ! -name Makefile.in \
            ! -name root.in ! -name 'config.h*' ! -name schema.h ! -name '*.[oa]' 2>/dev/null; } |
        while read -r file; do [ ! -f "$file" ] || echo "$file"; done
}
all=$(files)

tap_ok "the top level is closed" "$(git ls-files 2>/dev/null | sed 's,/.*,,' | sort -u |
    grep -vxF "$(tr ' ' '\n' <<<"$roots")")"

tap_ok "sql/code/<noun>/ holds <kind>.sql or <kind>_<part>.sql of kinds that sql/apply knows" "$(echo "$all" | grep '^sql/code/' |
    grep -vE '^sql/code/[a-z_]+/(rule|trigger|view|policy|report|replay|ctl|api|grant)(_[a-z_]+)?\.sql$')"

tap_ok "migrations are numbered without a gap" "$(echo "$all" | sed -n 's,^sql/migrations/\(.*\),\1,p' | sort | awk '
    { number = substr($0, 1, 4) + 0 } $0 !~ /^[0-9][0-9][0-9][0-9]_[a-z_]+\.sql$/ { print $0 ": not NNNN_name.sql" }
    number != NR { print $0 ": number " NR " was expected" }')"

nouns=$(find sql/code -mindepth 1 -maxdepth 1 -type d -printf '%f\n' 2>/dev/null)
tap_ok "tests of SQL are named after a noun or a rule that holds for all" "$(echo "$all" | sed -n 's,^tests/sql/\([a-z_]*\)\.sql,\1,p' | while read -r test; do
    found=
    for noun in $nouns access identity journal rebuild right schema; do case $test in "$noun" | "$noun"_*) found=1 ;; esac; done
    [ -n "$found" ] || echo "tests/sql/$test.sql"
done)"

spdx_missing() {
    echo "$all" | grep -E '\.(c|h|def|sql|sh|mjs|js|css|am|ac|m4|awk|py|spec|in)$|^(autogen\.sh|sql/apply|tests/run|nginx/render|\.ci/run)$' |
        while read -r file; do head -n 5 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"; done
}
tap_ok "each source names its licence in its first lines" "$(spdx_missing)"

# The words are put together here, so that this file is none of the findings.
undone="TO""DO|FIX""ME|XX""X"
tap_ok "nothing is left undone" "$(echo "$all" | grep -vE '^(LICENSE|.*package-lock\.json)$' | tr '\n' '\0' |
    xargs -0 grep -nwE "$undone" 2>/dev/null | grep -v 'mktemp.*X' | cut -c1-160)"

# C knows names of functions in api and ctl, and views of reporting_v1; tables and statements that write are SQL's.
tap_ok "C holds no SQL beyond calling a function" "$(grep -nE '"[^"]*\b(insert into|update [a-z_.]+ set|delete from|from ebb\.|join ebb\.)\b' -ri core --include='*.c' --include='*.h' --include='*.def')"
tap_done
