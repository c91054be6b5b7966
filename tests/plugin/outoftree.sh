#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A plugin is built from what is installed alone: the guide's first one, by pkg-config and cc, in C and in C++, in a folder that
# knows nothing of the tree. It must not know what the plugin does.
set -uo pipefail
. "$EBB_SRC/tests/lib/tap.sh"
unset MAKEFLAGS MAKELEVEL PKG_CONFIG_PATH CPATH C_INCLUDE_PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

command -v pkg-config >/dev/null || { tap_skip "a plugin out of the tree" "pkg-config is not installed"; tap_done; }
tap_run "make install DESTDIR=" make -C "$EBB_BUILD/plugins" -s install DESTDIR="$root"
prefix=$(sed -n 's/^prefix = //p' "$EBB_BUILD/Makefile")
mkdir -p "$root$prefix/include/ebb" && cp "$EBB_SRC/include/ebb/plugin.h" "$root$prefix/include/ebb/"
pc=$(find "$root" -name ebb-plugin.pc)
tap_ok "ebb-plugin.pc is installed" "$([ -n "$pc" ] || echo missing)"

# As on a machine that has it installed at the root; nothing else is there to be found.
asked() { PKG_CONFIG_LIBDIR=$(dirname "$pc") PKG_CONFIG_SYSROOT_DIR=$root pkg-config "$@" ebb-plugin; }
contract=$(sed -n 's/^#define EBB_PLUGIN_MAJOR //p' "$EBB_SRC/include/ebb/plugin.h").$(sed -n 's/^#define EBB_PLUGIN_MINOR //p' "$EBB_SRC/include/ebb/plugin.h")
tap_ok "its version is the contract's" "$(diff <(echo "$contract") <(asked --modversion))"
tap_ok "it knows the package's version" "$(diff <(sed -n 's/^VERSION = //p' "$EBB_BUILD/Makefile") <(asked --variable=package_version))"
tap_ok "it knows where plugins are installed" "$([ -d "$root$(PKG_CONFIG_LIBDIR=$(dirname "$pc") pkg-config --variable=plugindir ebb-plugin)" ] || asked --variable=plugindir)"
tap_ok "nothing in it points back to tree or build" "$(grep -nF -e "$EBB_SRC" -e "$EBB_BUILD" "$pc" | grep -vF "=$prefix")"

mkdir "$work/author" && cd "$work/author" || exit 70
awk -v out="$work/author" -f "$EBB_SRC/tests/lib/listing.awk" "$EBB_SRC/docs/plugins.md" >"$work/listed"
tap_ok "the guide has a first plugin" "$([ -s outage/outage.c ] || cat "$work/listed")"
tap_ok "... in forty lines" "$([ "$(wc -l <outage/outage.c)" -le 42 ] || wc -l outage/outage.c)"

one_symbol() { diff <(echo ebb_plugin_v1) <(nm -D --defined-only "$1" | awk '{ print $3 }'); }
# shellcheck disable=SC2046,SC2317 # words; run by name
build() { "$@" -Wall -Wextra -Werror $(asked --cflags) -shared -Wl,-z,defs -Wl,-z,now; }
for source in */*.c; do
    name=$(basename "$source" .c)
    tap_run "$name builds with pkg-config and cc alone" build "${CC:-cc}" -o "$name.so" "$source"
    tap_ok "... and shows one symbol" "$(one_symbol "$name.so")"
done
# Designated members in any order are C, and C++ since 20.
cat >plus.cc <<'END'
#include <ebb/plugin.h>
#include <string>
static int report(const ebb_plugin_host *host, void *, const ebb_plugin_request *request)
{
    const std::string text = std::string("[\"") + request->report + "\"]";
    return host->write(host, text.data(), text.size());
}
static const ebb_plugin_report reports[] = { { "words", "Words", "json", nullptr }, { nullptr, nullptr, nullptr, nullptr } };
EBB_PLUGIN = { sizeof ebb_plugin_v1, EBB_PLUGIN_MAJOR, EBB_PLUGIN_MINOR, "plus", "1.0.0", "Apache-2.0", "Written in C++.", 0, 0,
    nullptr, nullptr, reports, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, report };
END
if command -v "${CXX:-c++}" >/dev/null; then
    tap_run "a plugin in C++ builds, too" build "${CXX:-c++}" -std=c++11 -fno-exceptions -o plus.so plus.cc
    tap_ok "... and shows its description" "$(nm -D --defined-only plus.so | grep -q ' ebb_plugin_v1$' || nm -D --defined-only plus.so)"
else
    tap_skip "a plugin in C++ builds, too" "no C++ compiler is installed"
fi
tap_done
