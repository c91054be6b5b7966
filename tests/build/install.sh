#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make install puts everything where it belongs, and make uninstall takes everything away again.
set -uo pipefail
. "$EBB_SRC/tests/lib/tap.sh"
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

tap_run "make install DESTDIR=" make -C "$EBB_BUILD" -s install DESTDIR="$root"

prefix=$(sed -n 's/^prefix = //p' "$EBB_BUILD/Makefile")
share=$root$prefix/share
for path in "$root$prefix/sbin/ebbd" "$root$prefix/bin/ebbctl" "$share/ebb/sql/apply" "$share/ebb/nginx/render"; do
    tap_ok "${path#"$root"} is installed and can be run" "$([ -x "$path" ] || echo missing)"
done

missing_sql=$(cd "$EBB_SRC" && find sql -name '*.sql' ! -path 'sql/lint/*' | while read -r file; do
    cmp -s "$file" "$share/ebb/$file" || echo "$file"
done)
tap_ok "the SQL is installed as it lies in the tree" "$missing_sql"
tap_ok "plugins are installed with their SQL, the skeleton is not" "$(cd "$EBB_SRC/plugins" && for folder in */; do
    name=${folder%/} module=$root$prefix/lib/ebb/plugins/${folder%/}.so
    if [ "$name" = skeleton ]; then [ ! -e "$module" ] || echo "$name is installed"; continue; fi
    [ -e "$name/$name.c" ] || continue
    [ -x "$module" ] || echo "$module is missing"
    [ ! -d "$name/sql" ] || find "$name/sql" -name '*.sql' | while read -r file; do cmp -s "$file" "$share/ebb/plugins/$file" || echo "$file"; done
done)"
tap_ok "the plugin contract is installed" "$(cmp "$EBB_SRC/include/ebb/plugin.h" "$root$prefix/include/ebb/plugin.h" 2>&1
    [ -e "$root$prefix/lib/pkgconfig/ebb-plugin.pc" ] || echo "ebb-plugin.pc is missing")"
tap_ok "nginx's templates are installed" "$(cd "$EBB_SRC/nginx" && for file in *.in; do cmp -s "$file" "$share/ebb/nginx/$file" || echo "$file"; done)"
tap_ok "nothing points back to the build" "$(grep -rlF "$EBB_BUILD" "$share" 2>/dev/null)"

tap_run "make uninstall" make -C "$EBB_BUILD" -s uninstall DESTDIR="$root"
tap_ok "nothing is left" "$(find "$root" -type f)"
tap_done
