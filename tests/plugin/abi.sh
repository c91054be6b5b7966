#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The contract of plugins, include/ebb/plugin.h, keeps its word: it compiles everywhere, what was built against any minor stays
# right, and what is added is added behind the rest, with a minor number of its own.
#   tests/plugin/abi.sh --keep    keeps the header as it stands, as the contract of its minor number
# Kept are abi/ebb_plugin_v1.abi, the present contract as abidw sees it, and abi/plugin_1_<minor>.h, the header of each minor.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/lib/tap.sh"
kept=$root/tests/plugin/abi header=$root/include/ebb/plugin.h
cc=${CC:-cc} cxx=${CXX:-c++}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

minor_of() { sed -n 's/^#define EBB_PLUGIN_MINOR //p' "$1"; }
minor=$(minor_of "$header")

# The structs that begin with size: those that may grow.
growing_in() { awk '/^struct [a-z_]+ \{/ { name = $2; getline; if ($1 == "size_t" && $2 == "size;") print name }' "$1"; }

built() { # NAME HEADER: a module that names all of the contract
    mkdir -p "$work/$1/ebb" && cp "$2" "$work/$1/ebb/plugin.h" &&
        "$cc" -std=gnu11 -g -O0 -fPIC -fvisibility=hidden -shared -I"$work/$1" -o "$work/$1.so" "$kept/unit.c"
}

# Prints "same", "grown" or what breaks.
judged() { # OLD NEW
    local said broken status
    said=$(abidiff --leaf-changes-only --harmless "$1" "$2" 2>&1)
    status=$?
    [ $status -ne 0 ] || { echo same && return; }
    [ $((status & 3)) -eq 0 ] || { echo "abidiff failed: $said" && return; }
    broken=$(awk -v growing="$(growing_in "$header")" -f "$kept/judge.awk" <<<"$said")
    echo "${broken:-grown}"
}

abi_of() { abidw --no-show-locs --no-corpus-path --no-comp-dir-path --drop-private-types "$1"; }

case ${1-} in
--keep)
    built now "$header" || exit 70
    if [ -e "$kept/plugin_1_$minor.h" ] && built kept "$kept/plugin_1_$minor.h" && [ "$(judged "$work/kept.so" "$work/now.so")" != same ]; then
        echo "Minor $minor was kept before, and its layout was another one. A minor that was given to anybody stays as it is: raise EBB_PLUGIN_MINOR." >&2
        exit 64
    fi
    abi_of "$work/now.so" >"$work/now.abi" || exit 70
    cp "$work/now.abi" "$kept/ebb_plugin_v1.abi" && cp "$header" "$kept/plugin_1_$minor.h"
    exit ;;
esac

# ---- it compiles, whatever the author's compiler is told ----

cat >"$work/use.c" <<'END'
#include <ebb/plugin.h>
static int report(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_request *request)
{ (void)state; (void)request; return EBB_PLUGIN_HAS(host, write) ? host->write(host, "[]", 2) : EBB_PLUGIN_SKIP; }
EBB_PLUGIN = { sizeof ebb_plugin_v1, EBB_PLUGIN_MAJOR, EBB_PLUGIN_MINOR, "use", "1.0.0", "Apache-2.0", "Uses the header.", 0, 0,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, report };
END
for standard in c99 c11 c17; do
    tap_run "the header compiles as $standard, pedantically" "$cc" -std=$standard -Wall -Wextra -Wstrict-prototypes -Wshadow -pedantic -Werror \
        -c -o /dev/null -I"$root/include" "$work/use.c"
done
for standard in c++11 c++17; do
    if command -v "$cxx" >/dev/null; then
        tap_run "the header compiles as $standard, pedantically" "$cxx" -x c++ -std=$standard -Wall -Wextra -Wshadow -pedantic -Werror -c -o /dev/null \
            -I"$root/include" "$work/use.c"
    else
        tap_skip "the header compiles as $standard, pedantically" "no C++ compiler is installed"
    fi
done
"$cc" -fPIC -fvisibility=hidden -shared -I"$root/include" -o "$work/use.so" "$work/use.c"
tap_ok "a plugin shows one symbol" "$(nm -D --defined-only "$work/use.so" | awk '$3 != "ebb_plugin_v1"')"

# ---- it is the contract that was given ----

if ! command -v abidw >/dev/null || ! command -v abidiff >/dev/null; then
    tap_skip "what was built against the contract stays right" "abigail-tools is not installed"
    tap_done
fi
if [ "$(uname -m)" != x86_64 ]; then
    tap_skip "what was built against the contract stays right" "its layout is kept for x86_64, this is $(uname -m)"
    tap_done
fi
built now "$header"
verdict=$(judged "$kept/ebb_plugin_v1.abi" "$work/now.so")
case $verdict in
same) faults='' ;;
grown) faults="include/ebb/plugin.h has grown, and its minor is still $minor: raise EBB_PLUGIN_MINOR to $((minor + 1)), say in the history above it what
came, and keep it: tests/plugin/abi.sh --keep"
    [ -e "$kept/plugin_1_$minor.h" ] || faults="include/ebb/plugin.h is minor $minor, which was not kept yet: tests/plugin/abi.sh --keep" ;;
*) faults="include/ebb/plugin.h breaks plugins that are built already. Put what is new behind the last member of a struct that begins
with size, and raise EBB_PLUGIN_MINOR; what cannot be had so needs another symbol, ebb_plugin_v2. Broken is:
$verdict" ;;
esac
tap_ok "the contract is the one that was kept" "$faults"
tap_ok "the header of minor $minor was kept" "$([ -e "$kept/plugin_1_$minor.h" ] || echo "tests/plugin/abi.sh --keep")"
number=0
while [ "$number" -lt "$minor" ]; do
    built "minor_$number" "$kept/plugin_1_$number.h"
    verdict=$(judged "$work/minor_$number.so" "$work/now.so")
    tap_ok "what was built against minor $number stays right" "$([ "$verdict" = grown ] || echo "$verdict")"
    number=$((number + 1))
done

# ---- the judge knows growth from breakage ----

tell() { # VERDICT NAME SED-OR-AWK-PROGRAM...: what a change of the header is judged to be
    local wanted=$1 name=$2 got
    shift 2
    "$@" "$header" >"$work/other.h"
    cmp -s "$header" "$work/other.h" && { tap_ok "$name" "the header was not changed"; return; }
    built other "$work/other.h" || { tap_ok "$name" "the changed header does not compile"; return; }
    got=$(judged "$work/now.so" "$work/other.so")
    case $wanted:$got in
    grown:grown) tap_ok "$name" ;;
    grown:* | broken:same | broken:grown) tap_ok "$name" "judged: $got" ;;
    broken:*) tap_ok "$name" ;;
    esac
}
# The next minor as it might be: a member more in each struct that may grow.
# shellcheck disable=SC2016 # awk's
grow='/^struct [a-z_]+ \{/ { inside = 1; grows = 0; if ((getline line) > 0) { print; $0 = line; if ($1 == "size_t" && $2 == "size;") grows = 1 } }
    inside && /^\};/ { if (grows) print "\tconst void *later;"; inside = 0 } { print }'
tell grown "a member behind the others is growth" awk "$grow"
tell grown "one more kind of parameter is growth" sed 's/^\(\tEBB_PLUGIN_JSON\) .*/\1,\n\tEBB_PLUGIN_COLOUR/'
tell broken "a member that is moved is breakage" sed '/^\tint64_t seq;/d; s/^\tint64_t occurred_at;/&\n\tint64_t seq;/'
tell broken "a member that is gone is breakage" sed '/^\tconst char \*explanation; .*for the agent/d'
tell broken "a member of another type is breakage" sed 's/^\tint64_t rule_version;/\tint32_t rule_version;/'
tell broken "a member before others is breakage" sed 's/^\tint64_t department_id;$/\tint64_t language_id;\n&/'
tell broken "a member more in a struct of arrays is breakage" sed 's/^\tconst char \*params;  .*/&\n\tconst char *later;/'
tell broken "a number that changes is breakage" sed 's/EBB_PLUGIN_SECRET, /EBB_PLUGIN_COLOUR, EBB_PLUGIN_SECRET, /'
tell broken "a callback with another parameter is breakage" sed 's/(\*check)(const struct ebb_plugin_host \*host)/(*check)(const struct ebb_plugin_host *host, int depth)/'

# ---- modules of other minors run on this desk ----

ebbctl=${EBB_BUILD:-$root/build}/core/ebbctl
if [ ! -x "$ebbctl" ]; then
    tap_skip "modules of other minors run" "ebbctl is not built"
    tap_done
fi
unset "${!PG@}"
# The module's folder is this user's, and nobody else may write there.
printf 'database = "host=/nonexistent"\nplugin_owner = "%s"\n' "$(id -un)" >"$work/ebb.conf"
export EBB_CONF=$work/ebb.conf
echo '{"kind": "categorise", "now": 1790000000000000, "department_id": 1, "ticket": {"subject": "s", "description": "d"}, "rows": {}}' >"$work/call.json"
played() { # WANTED HEADER FLAG...: what a module built against the header says of this desk
    local wanted=$1 said
    mkdir -p "$work/other/ebb" && cp "$2" "$work/other/ebb/plugin.h"
    shift 2
    "$cc" -std=gnu11 -Wall -Wextra -Werror -fPIC -fvisibility=hidden -shared -Wl,-z,defs -I"$work/other" "$@" -o "$work/guest.so" "$kept/guest.c" 2>&1 || return
    said=$("$ebbctl" plugin verify "$work/guest.so" 2>&1) || { echo "$said"; return; }
    said=$("$ebbctl" plugin test "$work/guest.so" --events "$work/call.json" 2>&1) || { echo "$said"; return; }
    grep -qF "$wanted" <<<"$said" || echo "$said"
}
for old in "$kept"/plugin_1_*.h; do
    tap_ok "a module built against minor $(minor_of "$old") runs" "$(played 'host whole, ticket whole' "$old")"
done
awk "$grow" "$header" | sed "s/^#define EBB_PLUGIN_MINOR .*/#define EBB_PLUGIN_MINOR $((minor + 1))/" >"$work/newer.h"
tap_ok "a module built against the minor to come runs, and sees what is not there" "$(played 'host no, ticket no' "$work/newer.h" -DNEWER)"
sed "s/^#define EBB_PLUGIN_MAJOR .*/#define EBB_PLUGIN_MAJOR 2/" "$header" >"$work/next.h"
tap_ok "a module of another major is refused with a sentence" "$(played 'never' "$work/next.h" | grep -qi 'major\|contract\|ABI' || played never "$work/next.h")"
tap_done
