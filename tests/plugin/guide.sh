#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The guide, docs/plugins.md, does what it says: its listings are taken out of the page and its commands run, in their order and
# in one shell, by an author in an empty folder. What a command prints is held against the fence "text" below it, where … stands
# for anything; lines that are not in the fence are let be.
# It must not know what the guide's plugins do.
set -uo pipefail
. "$EBB_SRC/tests/lib/tap.sh"
unset MAKEFLAGS MAKELEVEL
work=$(mktemp -d)
home=''
# shellcheck disable=SC2317 # called by the trap
finish() {
    [ -z "$home" ] || "$EBB_SRC/tests/lib/desk.sh" stop "$home" >/dev/null 2>&1
    rm -rf "$work"
}
trap finish EXIT
# Whoever runs the desk reads the installed modules.
chmod 755 "$work"
mkdir "$work/author" "$work/plugins"

command -v pkg-config >/dev/null || { tap_skip "the guide" "pkg-config is not installed"; tap_done; }
awk -v out="$work/author" -v commands="$work/commands" -f "$EBB_SRC/tests/lib/listing.awk" "$EBB_SRC/docs/plugins.md" >"$work/listed"
tap_ok "the guide has listings and commands" "$([ -s "$work/listed" ] && [ -s "$work/commands" ] || echo none)"

# A desk, and somebody who has built Ebb and not installed it. Lee leads in IT (tests/lib/fixture.sql).
started=$("$EBB_SRC/tests/lib/desk.sh" start plugin_dir="$work/plugins" plugin_owner="$(id -un)") || { echo "Bail out! no desk"; exit 70; }
said() { sed -n "s/^$1=//p" <<<"$started"; }
home=$(said home)
unset "${!PG@}"
EBB_CONF=$home/ebb.conf EBB_URL=$(said url) EBB_TOKEN=ebb_lee$(printf '%040d' 0)
export EBB_CONF EBB_URL EBB_TOKEN PKG_CONFIG_PATH=$EBB_BUILD/plugins PATH=$EBB_BUILD/core:$PATH
cd "$work/author" || exit 70

# Lines of the fence that no line printed, in their order, matches.
missing() { # PRINTED FENCE
    local line pattern
    exec 8< <(tr -d '\r' <"$1")
    while IFS= read -r line; do
        pattern=$(sed 's/[][*?\\]/\\&/g; s/…/*/g' <<<"$line")
        while :; do
            IFS= read -r -u 8 got || [ -n "$got" ] || { echo "not printed: $line"; sed 's/^/printed: /' "$1"; return; }
            # shellcheck disable=SC2053 # a pattern on purpose
            [[ $got != $pattern ]] || break
        done
    done <"$2"
}

# A fence of commands and the fence of what it prints are one test, called by the line it begins at. Each of its commands must succeed.
number=0
run_fence() { # FIRST-LINE
    local failed=''
    set -E
    trap 'failed="$failed exit $?: $BASH_COMMAND"' ERR
    # shellcheck source=/dev/null
    . "$work/fence" >"$work/printed" 2>&1
    trap - ERR
    set +E
    tap_ok "line $1: $(head -1 "$work/fence" | cut -c1-60)" "$([ -z "$failed" ] || { echo "$failed"; cat "$work/printed"; }
        missing "$work/printed" "$work/expected")"
}
awk -v out="$work" '
    { kind = $1; line = $2; text = $0; sub(/^[@=] [0-9]+ ?/, "", text) }
    kind == "@" && (before != "@" || line != last + 1) { number++; print line }
    { print text >(out "/" number (kind == "@" ? ".fence" : ".expected")); before = kind; last = line }' "$work/commands" >"$work/lines"
while read -r line <&7; do
    number=$((number + 1))
    cp "$work/$number.fence" "$work/fence"
    if [ -e "$work/$number.expected" ]; then cp "$work/$number.expected" "$work/expected"; else : >"$work/expected"; fi
    run_fence "$line"
done 7<"$work/lines"
tap_done
