#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make new-plugin begins a plugin that builds, passes its tests and keeps the rules of the house at once; a name that cannot be
# is refused with a sentence. In a copy of the tree: this one stays as it is.
# It must not know what the skeleton does.
set -uo pipefail
. "$EBB_SRC/tests/lib/tap.sh"
unset MAKEFLAGS MAKELEVEL
copy=$(mktemp -d)
database=newplugin_$$
# shellcheck disable=SC2317 # called by the trap
finish() {
    "$EBB_SRC/tests/lib/cluster.sh" drop "$database" >/dev/null 2>&1
    [ -z "${PGHOST-}" ] || psql -X -q -d postgres -c 'drop role if exists ebb_x_night_watch, ebb_x_night_watch_call' >/dev/null 2>&1
    rm -rf "$copy"
}
trap finish EXIT
mkdir "$copy/ebb" "$copy/build" "$copy/installed"
(cd "$EBB_SRC" && { git ls-files -co --exclude-standard 2>/dev/null | grep . || find . -type f ! -path './_build/*' ! -path './_inst/*'; } |
    xargs -d '\n' cp -p --parents -t "$copy/ebb" 2>/dev/null)
chmod -R u+w "$copy"
cd "$copy/ebb" || exit 70

if [ ! -e configure ]; then
    command -v autoreconf >/dev/null || { tap_skip "make new-plugin" "autoconf is not installed"; tap_done; }
    tap_run "the copy is bootstrapped" ./autogen.sh
fi
# shellcheck disable=SC2016 # the inner shell's
tap_run "the copy is configured" sh -c 'cd "$1" && ../ebb/configure -q --enable-werror' sh "$copy/build"

begin() { make -s -C "$copy/build" new-plugin NAME="$1" 2>&1; }
tap_ok "make new-plugin says what it made and what comes next" "$(said=$(begin night_watch) && grep -q 'plugins/night_watch is there' <<<"$said" &&
    grep -q 'make check KINDS=plugin' <<<"$said" || echo "$said")"
tap_ok "nothing in it is called skeleton" "$(grep -rn skeleton plugins/night_watch; find plugins/night_watch -name '*skeleton*')"
tap_ok "nothing else was left" "$(find plugins -name '.*')"

tap_run "it builds" make -s -C "$copy/build/plugins"
tap_ok "the module shows its description and nothing else" "$(diff <(echo ebb_plugin_v1) \
    <(nm -D --defined-only "$copy/build/plugins/night_watch.so" | awk '{ print $3 }'))"
if printf '#include <stdarg.h>\n#include <stddef.h>\n#include <setjmp.h>\n#include <stdint.h>\n#include <cmocka.h>\n' | "${CC:-cc}" -E -xc - >/dev/null 2>&1; then
    tap_run "its tests build" make -s -C "$copy/build/plugins" check/test_night_watch
    tap_run "its tests pass" "$copy/build/plugins/check/test_night_watch"
else
    tap_skip "its tests pass" "cmocka is not installed"
fi

# On a desk: its description, tables and statements are accepted. Nothing is left of it in the database, which is its own.
conf=$copy/ebb.conf
ebbctl() { env -u PGUSER -u PGDATABASE EBB_CONF="$conf" "$EBB_BUILD/core/ebbctl" "$@"; }
if [ -x "$EBB_BUILD/core/ebbctl" ] && [ -n "${PGHOST-}" ]; then
    printf '%s\n' "database = \"host=$PGHOST dbname=$database\"" "plugin_dir = \"$copy/installed\"" "plugin_owner = \"$(id -un)\"" \
        "pid_file = \"$copy/ebbd.pid\"" "secret_key_file = \"$copy/secret.key\"" >"$conf"
    tap_run "there is a database" "$EBB_SRC/tests/lib/cluster.sh" clone "$database"
    tap_run "it is found in order" ebbctl plugin verify "$copy/build/plugins/night_watch.so"
    tap_run "it is installed, with its tables" ebbctl plugin install "$copy/build/plugins/night_watch.so" --sql plugins/night_watch/sql
    tap_run "a department enables it" ebbctl plugin enable night_watch --department it
    said=$(ebbctl plugin configure night_watch --department it --set words=' ' 2>&1)
    tap_ok "its own check refuses" "$(grep -q 'At least one word' <<<"$said" || echo "$said")"
    tap_run "it is removed" ebbctl plugin remove night_watch
else
    tap_skip "it is installed" "ebbctl or PostgreSQL is not there"
fi
tap_ok "it keeps the rules of the house" "$(for lint in includes size names; do "tests/lint/$lint.sh" | grep night_watch; done)"
tap_ok "its sources name their licence" "$(grep -rL 'SPDX-License-Identifier' plugins/night_watch --include='*.[ch]' --include='*.sql')"

refused() { # NAME WORD: refused with a sentence that holds the word
    local said
    if said=$(begin "$1"); then echo "\"$1\" was accepted"; else grep -q -- "$2" <<<"$said" || echo "$said"; fi
}
before=$(find plugins | sort)
tap_ok "no name is refused" "$(refused '' 'NAME=')"
tap_ok "capitals are refused" "$(refused Mine 'lower-case')"
tap_ok "a digit in front is refused" "$(refused 9lives 'a letter first')"
tap_ok "a path is refused" "$(refused ../mine 'cannot be')"
tap_ok "what a shell would run is refused" "$(refused 'a;touch x' 'cannot be'; [ ! -e x ] || echo "it was run")"
tap_ok "a name that is taken is refused" "$(refused night_watch 'is there already')"
tap_ok "the skeleton's own name is refused" "$(refused skeleton 'is there already')"
tap_ok "a long name is refused" "$(refused abcdefghijklmnopqrstuvwxyz_abcdef 'too long by')"
tap_ok "a name that a role would have is refused" "$(refused night_call 'ends in _call')"
tap_ok "a refusal leaves nothing behind" "$(diff <(echo "$before") <(find plugins | sort))"
tap_done
