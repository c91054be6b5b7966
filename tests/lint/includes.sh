#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who may include whom (docs/architecture.md): each folder of core names the folders below it, each library its only users.
# An edge that is not in these tables fails. Headers of the C library and of the kernel are free.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/lib/tap.sh"
cd "$root" || exit 70

# "ebb" is the plugin contract, include/ebb: its host knows it.
edges='
base     -
conf     base
db       base
http     base
auth     base conf db http
plugin   base conf db http ebb
api      base conf db http auth plugin
channel  base conf db http auth plugin
run      base conf db http auth plugin api channel
ctl      base conf db auth plugin channel
'

libraries='
libpq-fe.h   core/db/pg.c
fcgiapp.h    core/http/fcgi.c
dlfcn.h      core/plugin/loader.c
sodium.h     core/auth/*.c core/conf/secret.c core/http/hash.c core/ctl/*.c core/plugin/*.c
jansson.h    core/http/args.c core/http/args.h core/http/field.c core/conf/secret.c core/auth/*.c core/auth/*.h core/api/*.c core/api/*.h core/plugin/*.c core/plugin/*.h core/ctl/*.c core/ctl/*.h
confuse.h    core/conf/conf.c
seccomp.h    core/plugin/jail*.c
gelf.h       core/plugin/elf*.c core/plugin/elf*.h
curl/curl.h  core/auth/fetch.c core/channel/post.c
ldap.h       core/auth/ldap*.c
oath.h       core/auth/totp.c
expat.h      core/ctl/reader_xes.c
zlib.h       core/ctl/input.c
lzma.h       core/ctl/input.c
'

sources_of() { find "core/$1" -name '*.[ch]' 2>/dev/null; }

check_folder() { # FOLDER ALLOWED...
    local folder=$1 file target
    shift
    sources_of "$folder" | while read -r file; do
        sed -n 's,^#[ \t]*include "\([a-z_]*\)/.*,\1,p' "$file" | sort -u | while read -r target; do
            case " $folder $* " in *" $target "*) ;; *) echo "$file includes $target/, which $folder/ may not" ;; esac
        done
    done
}

while read -r folder allowed; do
    [ -n "$folder" ] || continue
    # shellcheck disable=SC2086 # a list of folders
    tap_ok "core/$folder includes only: ${allowed//-/itself}" "$(check_folder "$folder" $allowed)"
done <<<"$edges"

check_library() { # HEADER USER-PATTERN...
    local header=$1 file pattern
    shift
    grep -lE "^#[ \t]*include <(.*/)?$header>" -r core --include='*.[ch]' | while read -r file; do
        for pattern in "$@"; do
            # shellcheck disable=SC2254 # a pattern on purpose
            case $file in $pattern) continue 2 ;; esac
        done
        echo "$file includes <$header>"
    done
}

set -f
while read -r header users; do
    [ -n "$header" ] || continue
    # shellcheck disable=SC2086 # a list of patterns
    tap_ok "<$header> is included by nobody but $users" "$(check_library "$header" $users)"
done <<<"$libraries"
set +f

foreign=$(find core -mindepth 2 -name '*.[ch]' -exec sed -n 's,^#[ \t]*include <\([^>]*\)>.*,\1,p' {} + | sort -u |
    grep -vE '^(libpq-fe|fcgiapp|dlfcn|sodium|jansson|confuse|seccomp|gelf|libelf|curl/curl|ldap|liboath/oath|expat|zlib|lzma)\.h$' |
    while read -r header; do
        [ -e "/usr/include/$header" ] || compgen -G "/usr/include/*/$header" >/dev/null || compgen -G "/usr/lib/gcc/*/*/include/$header" >/dev/null || echo "$header"
        case $header in openssl/* | curl/* | ldap.h | libxml/*) echo "$header has no line in the table of libraries" ;; esac
    done)
tap_ok "every library that is used has its line in the table" "$foreign"

tap_ok "plugins include ebb/plugin.h, their own folder, and nothing else of ours" \
    "$(grep -nE '^#[ \t]*include "' -r plugins --include='*.[ch]' 2>/dev/null | grep -v '"ebb/plugin.h"' | while IFS=: read -r file line text; do
        header=${text#*\"} && [ -e "$(dirname "$file")/${header%%\"*}" ] || echo "$file:$line:$text"
    done)"

tap_ok "ebb/plugin.h and base include the C library only" \
    "$(grep -nE '^#[ \t]*include "' -r include --include='*.h' 2>/dev/null | grep -v '"ebb/')"
tap_done
