#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ./autogen.sh demo         a desk with sample data on loopback, from a fresh clone; on a running one it prints the same again
# ./autogen.sh demo stop    stops it and keeps its data
# ./autogen.sh demo clean   stops it and removes its data
# The order of the steps; each step's how stands in the file of its concern. Everything lies under build/demo: nothing in
# /etc, no TCP port of PostgreSQL's, nothing that needs root.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)
src=$(cd "$here/../.." && pwd)
cd "$src"
PATH=$PATH:/usr/sbin:/sbin
unset "${!PG@}"

for part in say owner packages build site cluster desk seed plugins verify; do
    # shellcheck source=/dev/null
    . "$here/$part.sh"
done

# One at a time. The lock is not handed to what is started here (-o), or a running desk would hold it.
build_is_ours "$src"
mkdir -p build
[ -n "${EBB_DEMO_LOCKED-}" ] || EBB_DEMO_LOCKED=1 exec flock -o -w 1800 build/.demo.lock "$0" "$@"

again=./autogen.sh\ demo
shown=./build/demo
wanted=$src/build/demo
home=$(place "$wanted" demo)
# shellcheck disable=SC2034 # say.sh's
log_dir=$src/build/log
build=$(build_dir "$src")
ctl=$build/core/ebbctl
# ebbctl finds the demo beside its build folder, unless it was built in the tree.
doctor="${ctl#"$src"/} doctor"
[ "$build" != "$src" ] || doctor="EBB_CONF=build/demo/ebb.conf $doctor"
first_port=8480
workers=4

has_desk() { [ -d "$home/pg" ]; }

# While the sample is loaded nothing waits for the disk: what is lost then is loaded again.
start_cluster() {
    local haste=()
    make_place "$wanted" demo
    [ -e "$home/loaded" ] || haste=("fsync = off" "full_page_writes = off")
    cluster_init "$home/pg" "shared_buffers = '256MB'" "max_wal_size = '2GB'" "wal_level = minimal" "max_wal_senders = 0" \
        "recovery_init_sync_method = syncfs" "${haste[@]}"
    cluster_start "$home/pg"
    did "PostgreSQL $("$(pg_bin)/postgres" -V | sed 's/[^0-9]*\([0-9.]*\).*/\1/'), private, socket ${shown#./}/pg"
}

# A half-loaded sample is no sample: it is loaded once, whole, and then kept.
load() {
    local count
    if [ ! -e "$home/loaded" ]; then
        seed_psql "$home/pg" -d postgres -c 'drop database if exists ebb (force)'
        rm -rf "$home/env" "$home/plugins"
        seed_schema "$src" "$home/pg"
        seed_sample "$src" "$home/pg" "${EBB_DEMO_SCALE:-1}"
        seed_logins "$home/pg"
        cluster_durable "$home/pg"
        seed_sum "$src" >"$home/loaded"
    elif [ "$(cat "$home/loaded")" != "$(seed_sum "$src")" ]; then
        seed_schema "$src" "$home/pg"
        seed_sum "$src" >"$home/loaded"
    fi
    count=$(seed_psql "$home/pg" -d ebb -At -F ' ' -c \
        "select (select max(no) from ebb.migration), to_char((select count(*) from ebb.ticket), 'FM999,999,999'), (select count(*) from ebb.department)")
    # shellcheck disable=SC2086 # three words
    set -- $count
    did "schema $1, sample data: $2 tickets, $3 departments"
}

# The port of last time, unless somebody else has taken it since.
choose_port() {
    local port
    port=$(sed -n 's,^EBB_URL=.*:\([0-9]*\)$,\1,p' "$home/env" 2>/dev/null || true)
    if [ -n "$port" ] && desk_nginx_is_up "$home"; then echo "$port"; else desk_free_port "${port:-$first_port}"; fi
}

# Pass-phrase and tokens are made once; the address may change.
write_env() { # URL
    local EBB_PASSPHRASE='' EBB_TOKEN='' EBB_ADMIN_TOKEN=''
    # shellcheck source=/dev/null
    if [ -s "$home/env" ]; then . "$home/env"; fi
    if [ -z "$EBB_ADMIN_TOKEN" ]; then
        EBB_PASSPHRASE=$(seed_words "$here/words")
        seed_passphrase "$ctl" "$EBB_PASSPHRASE"
        EBB_TOKEN=$(seed_token "$ctl" dana)
        EBB_ADMIN_TOKEN=$(seed_token "$ctl" ada)
    fi
    (
        umask 077
        {
            echo "EBB_URL=$1"
            echo "EBB_TOKEN=$EBB_TOKEN"
            echo "EBB_ADMIN_TOKEN=$EBB_ADMIN_TOKEN"
            echo "EBB_PASSPHRASE=$EBB_PASSPHRASE"
            echo "PGHOST=$home/pg"
            echo "PGDATABASE=ebb"
            echo "export EBB_URL EBB_TOKEN EBB_ADMIN_TOKEN EBB_PASSPHRASE PGHOST PGDATABASE"
        } >"$home/env.new"
        mv "$home/env.new" "$home/env"
    )
}

copy_site() {
    local from=$build/nginx/site/dist
    [ -e "$from/index.html" ] || from=$src/nginx/site/dist
    mkdir -p "$home/site"
    [ -e "$from/index.html" ] || { echo "the page is not built: $from/index.html is missing"; return 70; }
    [ "$home/site/.copied" -nt "$from/index.html" ] && return 0
    rm -rf "$home/site"
    cp -R "$from" "$home/site"
    chmod -R a+rX "$home/site"
    touch "$home/site/.copied"
}

start_desk() {
    local port url before
    port=$(choose_port)
    url=http://127.0.0.1:$port
    copy_site
    before=$(desk_sum "$home")
    desk_programs "$home" "$build"
    # shellcheck disable=SC2154 # owner comes from owner.sh
    desk_conf "$home" "host=$home/pg dbname=ebb" "$url" "workers = $workers" \
        "plugin_dir = \"$home/plugins\"" "plugin_owner = \"$owner\"" "secret_key_file = \"$home/run/secret.key\""
    export EBB_CONF=$home/ebb.conf
    write_env "$url"
    desk_nginx_conf "$src" "$home" "$port" "$home/site" EBB_LOGIN_PER_MINUTE=60 EBB_LOGIN_BURST=20
    if [ "$before" != "$(desk_sum "$home")" ]; then desk_stop "$home"; fi
    desk_ebbd_start "$home"
    desk_nginx_start "$home"
    wait_until 20 desk_is_ready "$url" || {
        echo "$url/api/ready does not answer 200:"
        curl --noproxy '*' -sS -m 5 "$url/api/ready" || true
        echo "--- $home/log/ebbd.log"
        tail -n 15 "$home/log/ebbd.log" || true
        return 69
    }
    did "$workers workers, nginx on ${url#http://}, ready"
}

# A running desk answers as a new one did: the same block, word for word.
print_block() {
    # shellcheck source=/dev/null
    . "$home/env"
    cat <<EOT

  Open    $EBB_URL/
  Log in  agent  dana@demo.example    lead  lee@demo.example    admin  ada@demo.example    requester  rae@demo.example
          pass-phrase for all four (made for this demo only):  $EBB_PASSPHRASE
  API     curl -H "Authorization: Bearer $EBB_TOKEN" "$EBB_URL/api/v1/tickets?limit=3"
  BI      psql "host=$PGHOST dbname=ebb user=bi_demo" -c 'select * from reporting_v1.backlog_now limit 5'
  Docs    $EBB_URL/docs/
  Shell   . ${shown#./}/env      (EBB_URL, EBB_TOKEN, EBB_ADMIN_TOKEN, PGHOST, PGDATABASE, EBB_PASSPHRASE)
  Stop    ./autogen.sh demo stop        Remove  ./autogen.sh demo clean        Trouble  $doctor
EOT
}

up() {
    printf 'Ebb %s demo %56s\n' "$(sed -n 's/^AC_INIT(\[Ebb\], \[\([^]]*\)\].*/\1/p' configure.ac)" "(everything is under $shown)"
    if site_came_built "$src"; then packages_need "$again" build run; else packages_need "$again" build run site; fi
    build_all "$again" "$src" "$build"
    step site "building the page" "$again" site_build "$src" "$build"
    step cluster "starting PostgreSQL" "$again clean, then $again" start_cluster
    step load "loading the sample desk" "$again clean, then $again" load
    step plugins "installing plugins" "$again clean, then $again" plugins_install "$src" "$home" "$build"
    step desk "starting ebbd and nginx" "$again stop, then $again" start_desk
    # shellcheck source=/dev/null
    . "$home/env"
    step verify "checking the desk" "$doctor" \
        verify_all "$EBB_URL" dana@demo.example "$EBB_PASSPHRASE" "$EBB_TOKEN" "$home/pg"
    print_block
}

down() {
    if ! has_desk; then echo "There is no demo here; ./autogen.sh demo makes one."; return 0; fi
    step stop "stopping the demo" "read the log, then $again stop" stop_all
    echo "The demo is stopped and its data kept. Start  ./autogen.sh demo      Remove  ./autogen.sh demo clean"
}

stop_all() {
    desk_stop "$home"
    cluster_stop "$home/pg"
}

clean() {
    if has_desk; then
        step stop "stopping the demo" "read the log, then $again clean" stop_all
    fi
    rm -rf "$home"
    if [ -L "$wanted" ]; then rm -f "$wanted"; fi
    echo "The demo is removed. Again  ./autogen.sh demo"
}

case ${1-} in
'') up ;;
stop) down ;;
clean) clean ;;
--help) sed -n '3,5s/^# //p' "$0" ;;
*) sed -n '3,5s/^# //p' "$0" >&2; exit 64 ;;
esac
