# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A private PostgreSQL cluster: DIR/data, reachable only through the socket in DIR (mode 0700), never by TCP.
# Whoever may enter that folder may be any role: that is for demo and tests, and why the folder is closed.
# It must not know what is stored. Needs owner.sh.

pg_version() { # the newest installed, or what EBB_PGVER says
    if [ -n "${EBB_PGVER-}" ]; then
        echo "$EBB_PGVER"
    else
        find /usr/lib/postgresql -maxdepth 1 -name '[1-9]*' -printf '%f\n' 2>/dev/null | sort -n | tail -1
    fi
}

pg_bin() {
    local dir
    dir=/usr/lib/postgresql/$(pg_version)/bin
    [ -x "$dir/initdb" ] || dir=$(pg_config --bindir 2>/dev/null)
    echo "$dir"
}

# cluster_init DIR [SETTING...]: initdb unless it is done; the settings are rewritten each time.
# --no-sync and fsync off: what is loaded can be loaded again. A caller that keeps data calls cluster_durable afterwards.
cluster_init() {
    local dir=$1 bin setting
    shift
    bin=$(pg_bin)
    if [ ! -s "$dir/data/PG_VERSION" ]; then
        as_owner rm -rf "$dir/data"
        as_owner "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions
        as_owner sh -c "echo \"include_if_exists 'ebb.conf'\" >>'$dir/data/postgresql.conf'"
    fi
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$dir'"
        echo "unix_socket_permissions = 0700"
        echo "timezone = 'UTC'"
        echo "log_timezone = 'UTC'"
        echo "jit = off"
        for setting in "$@"; do echo "$setting"; done
    } | as_owner sh -c "cat >'$dir/data/ebb.conf'"
}

cluster_is_up() { "$(pg_bin)/pg_isready" -q -h "$1" -U postgres -d postgres; }

cluster_try_start() { as_owner "$(pg_bin)/pg_ctl" start -w -s -t 60 -D "$1/data" -l "$1/server.log"; }

# cluster_start DIR: also after a crash. The backends of a postmaster that was killed need a moment to notice, and until
# then their shared memory forbids a new one.
cluster_start() {
    cluster_is_up "$1" && return 0
    wait_until 15 cluster_try_start "$1" || {
        tail -n 20 "$1/server.log" 2>/dev/null
        return 69
    }
}

cluster_stop() { # DIR [MODE]
    [ -s "$1/data/postmaster.pid" ] || return 0
    as_owner "$(pg_bin)/pg_ctl" stop -w -s -t 60 -m "${2:-fast}" -D "$1/data" || ! cluster_is_up "$1"
}

# cluster_durable DIR: what was loaded so far goes to disk, and from now on each commit does.
cluster_durable() {
    as_owner sed -i -e '/^fsync/d' -e '/^full_page_writes/d' "$1/data/ebb.conf"
    as_owner "$(pg_bin)/pg_ctl" reload -s -D "$1/data"
    sync -f "$1/data"
}
