#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The docs say what is so: every link, path, command, function, view, route and name they mention exists in the tree.
# It must not know any page; what a page is about, the page and the tree have to agree on.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/lib/tap.sh"
cd "$root" || exit 70

mapfile -t pages < <(find README.md docs plugins include nginx -name '*.md' ! -path '*/node_modules/*' ! -path 'nginx/site/dist/*' | LC_ALL=C sort)

# Code spans, one a line: "PAGE<tab>span"; fenced and indented listings are the other half.
spans() { awk '/^```/ { fence = !fence; next } !fence && !/^    / { line = $0; while (match(line, /`[^`]+`/)) { print FILENAME "\t" substr(line, RSTART + 1, RLENGTH - 2); line = substr(line, RSTART + RLENGTH) } }' "${pages[@]}"; }
listings() { awk 'FNR == 1 { fence = 0 } /^ *```/ { fence = !fence; next } fence || /^    / { print FILENAME "\t" $0 }' "${pages[@]}"; }
code() { spans; listings; }

# The anchors GitHub and the site give to headings.
anchors() { awk '/^```/ { fence = !fence } !fence && /^#+ / { sub(/^#+ /, ""); print }' "$1" | sed 's/`//g' | tr '[:upper:]' '[:lower:]' | sed 's/[^[:alnum:] _-]//g; s/ /-/g'; }

broken_links() {
    local page link path anchor
    # shellcheck disable=SC2016 # awk's
    awk '/^```/ { fence = !fence } !fence { line = $0; gsub(/`[^`]*`/, "", line); while (match(line, /\]\([^)]+\)/)) { print FILENAME "\t" substr(line, RSTART + 2, RLENGTH - 3); line = substr(line, RSTART + RLENGTH) } }' "${pages[@]}" |
        while IFS=$'\t' read -r page link; do
            case $link in [a-z]*:*) continue ;; esac
            path=${link%%#*} anchor=
            case $link in *'#'*) anchor=${link#*#} ;; esac
            path=$(dirname "$page")/$path
            [ -n "${link%%#*}" ] || path=$page
            [ -e "$path" ] || { echo "$page: $link"; continue; }
            [ -z "$anchor" ] || anchors "$path" | grep -qxF -- "$anchor" || echo "$page: $link (no such heading)"
        done
}
tap_ok "every link leads somewhere" "$(broken_links)"

# <noun>, NNNN, * and ... stand for any name.
missing_paths() {
    # shellcheck disable=SC2016 # awk's
    code | awk -F'\t' '{ line = " " substr($0, length($1) + 2)
        while (match(line, /[ (=."](core|plugins|sql|include|nginx|tests|docs)\/[A-Za-z0-9_.\/<>*{},-]+/)) {
            path = substr(line, RSTART + 1, RLENGTH - 1); sub(/[.,]+$/, "", path); print $1 "\t" path; line = substr(line, RSTART + RLENGTH) } }' | sort -u |
        while IFS=$'\t' read -r page path; do
            pattern=$(sed 's/<[a-z]*>/*/g; s/NNNN/*/g' <<<"$path")
            compgen -G "${pattern%/}" >/dev/null || grep -qF "\`$path\`" docs/hacking.md || echo "$page: $path"
        done
}
tap_ok "every path of the tree exists" "$(missing_paths)"

unknown_commands() {
    code | grep -oE $'^[^\t]+\t|\\./autogen\\.sh( [a-z]+)?( [a-z-]+)?|\\bebbctl [a-z]+(-[a-z]+)*( [a-z]+)?|\\b(ebbd|sql/apply)( --[a-z-]+)+|\\bmake [a-z-]+' | awk -F'\t' '
        /\t$/ { page = $1; next } { print page "\t" $0 }' | sort -u |
        while IFS=$'\t' read -r page command; do
            # shellcheck disable=SC2086 # words
            set -- $command
            case $1 in
            ./autogen.sh) case "${2-} ${3-}" in ' ' | 'demo '* | 'check '*) continue ;; esac ;;
            ebbctl) grep -qE "^COMMAND\(\"$2\", \"(${3-}|)\"" core/ctl/commands.def && continue ;;
            ebbd) known=1; for option in "${@:2}"; do grep -q "\"${option#--}\"" core/run/main.c || known=; done; [ -z "$known" ] || continue ;;
            sql/apply) known=1; for option in "${@:2}"; do grep -qE -- "^[^#]*$option( \||\))" sql/apply || known=; done; [ -z "$known" ] || continue ;;
            make) case $2 in install | check | distcheck) continue ;; esac; grep -qE "^$2:|PHONY:.* $2" core/*.am && continue ;;
            esac
            echo "$page: $command"
        done
}
tap_ok "every command is one" "$(unknown_commands)"

unknown_objects() {
    code | grep -oE $'^[^\t]+\t|\\b(api|fn|ctl|ebb|reporting_v1)\\.[a-z][a-z0-9_]+' | awk -F'\t' '/\t$/ { page = $1; next } { print page "\t" $0 }' | sort -u |
        grep -vE $'\t'"(ebb\.conf|api\.sql|ctl\.sql|[a-z]+\.(md|c|h|def))$" |
        while IFS=$'\t' read -r page name; do
            case $name in ctl.tick_) continue ;; esac
            grep -qrE "(function|view|table|if not exists) ${name//./\\.}\b" sql/code sql/migrations sql/apply docs/hacking.md || echo "$page: $name"
        done
}
tap_ok "every function, view and table exists" "$(unknown_objects)"

# POST /tickets/{ticket_id}/take, with or without /api/v1; hacking.md adds rows of its own.
unknown_routes() {
    local known beginnings
    # Beginnings of paths have names there: #define TICKET V1 "/tickets/{ticket_id}".
    beginnings=$(sed -nE 's|^#define ([A-Z]+) V1 "([^"]*)".*|s,^([A-Z]+) \1,\\1 /api/v1\2,;|p' core/http/routes.def)
    known=$(sed -nE 's/^ROUTE\([a-z_]*, ([A-Z]*), ([^,]*),.*/\1 \2/p' core/http/routes*.def docs/hacking.md |
        sed -E "$beginnings s,V1,/api/v1,; s/[\"]//g; s, /, /,2; s/ //2g")
    spans | grep -E $'\t(GET|POST|PATCH|PUT|DELETE) /' | while IFS=$'\t' read -r page call; do
        set -- "${call%% *}" "${call#* }"
        path=${2%%\?*}
        path=$(sed -E 's,^/(api/v1/)?,/api/v1/,; s,/tickets/[0-9]+,/tickets/{ticket_id},' <<<"$path")
        grep -qxF "$1 $path" <<<"$known" || echo "$page: $call"
    done
}
tap_ok "every operation is a route" "$(unknown_routes)"

# Names as they are written in code: parameters, columns, roles, variables of the environment. PostgreSQL's own are let be.
unknown_names() {
    local theirs='pg_[a-z_]+|security_[a-z]+|target_session_attrs'
    spans | grep -E $'\t([a-z]+(_[a-z0-9]+)+|EBB_[A-Z_]+)$' | sort -u | grep -vE $'\t'"($theirs)\$" | while IFS=$'\t' read -r page name; do
        grep -qrwF --exclude-dir=node_modules --exclude-dir=dist -- "$name" core sql nginx include plugins tests/lib tests/run autogen.sh || grep -qwF -- "$name" <(listings) || echo "$page: $name"
    done
}
tap_ok "every name in code spans is used in the tree" "$(unknown_names)"

tap_ok "every problem type has its heading, and every heading its type" "$(diff \
    <(sed -n 's/^CODE([A-Z_]*, *[0-9]*, *"[^"]*", *"\([^"]*\)".*/\1/p' core/base/codes.def | sort) <(sed -n 's/^## //p' docs/errors.md | sort))"

# The table of parameters is the program's own; it is compared where the program is built.
ebbd=${EBB_BUILD:-build}/core/ebbd
if [ -x "$ebbd" ]; then
    tap_ok "docs/config.md has the table that ebbd --params prints" "$(diff <("$ebbd" --params) <(grep '^|' docs/config.md))"
else
    tap_skip "docs/config.md has the table that ebbd --params prints" "ebbd is not built"
fi

unlisted() {
    local page
    for page in docs/*.md; do
        [ "$page" = docs/index.md ] || grep -qF "](${page#docs/}" docs/index.md docs/api.md || echo "$page is not in docs/index.md"
    done
    for page in docs/decisions/[0-9]*.md; do
        grep -qF "(${page##*/})" docs/decisions/README.md || echo "$page is not in docs/decisions/README.md"
        for part in Context Choice Price; do grep -q "^## $part" "$page" || echo "$page has no \"$part\""; done
    done
}
tap_ok "every page is in a table of contents, every decision has context, choice and price" "$(unlisted)"

tap_ok "every picture says in words what it shows" "$(for picture in docs/pictures/*.svg; do
    grep -q '<title' "$picture" && grep -q '<desc' "$picture" && grep -q 'prefers-color-scheme: *dark' "$picture" || echo "$picture"
done)"
tap_done
