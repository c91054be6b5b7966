# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# ebbd and an nginx of its own on loopback, in one folder: HOME/{ebb.conf,bin,site,run,log}. Nothing here needs root.
# It must not know what is in the database. Needs owner.sh.

# desk_free_port FIRST: the first port from there on which nobody listens, read off the kernel's own tables.
desk_free_port() {
    local port=$1 taken
    taken=$(awk '$4 == "0A" { n = split($2, part, ":"); print part[n] }' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
    while printf '%s\n' "$taken" | grep -qx "$(printf '%04X' "$port")"; do port=$((port + 1)); done
    echo "$port"
}

# desk_sum HOME: changes when the daemon or a configuration is another; a running desk must then be stopped first.
desk_sum() { { cat "$1/bin/ebbd" "$1/ebb.conf" "$1"/run/nginx/*.conf 2>/dev/null || true; } | sha256sum; }

# desk_programs HOME BUILD: the daemon where its owner can reach it.
desk_programs() {
    mkdir -p "$1/bin"
    if ! cmp -s "$2/core/ebbd" "$1/bin/ebbd"; then
        rm -f "$1/bin/ebbd"
        cp "$2/core/ebbd" "$1/bin/ebbd"
        chmod 755 "$1/bin" "$1/bin/ebbd"
    fi
}

# desk_conf HOME DATABASE URL [LINE...]: ebb.conf.
desk_conf() {
    local home=$1 database=$2 url=$3 line
    shift 3
    {
        echo "# Written anew at each start."
        echo "database = \"$database\""
        echo "listen = \"$home/run/ebbd.sock\""
        echo "listen_session = \"$home/run/session.sock\""
        echo "pid_file = \"$home/run/ebbd.pid\""
        echo "log_file = \"$home/log/ebbd.log\""
        echo "session_cookie_secure = false"
        echo "public_url = \"$url\""
        for line in "$@"; do echo "$line"; done
    } >"$home/ebb.conf"
    chmod 644 "$home/ebb.conf"
}

# desk_nginx_conf SRC HOME PORT SITE [NAME=VALUE...]: the templates, filled.
desk_nginx_conf() {
    local src=$1 home=$2 port=$3 site=$4 template
    shift 4
    as_owner mkdir -p "$home/run/nginx"
    for template in nginx ebb; do
        "$src/nginx/render" "$src/nginx/$template.conf.in" EBB_LISTEN="127.0.0.1:$port" EBB_SITE_ROOT="$site" \
            EBB_SOCKET="$home/run/ebbd.sock" EBB_SESSION_SOCKET="$home/run/session.sock" \
            EBB_LOG_DIR="$home/log" EBB_NGINX_DIR="$home/run/nginx" "$@" |
            as_owner sh -c "cat >'$home/run/nginx/$template.conf'"
    done
}

desk_pid() { cat "$1/run/$2.pid" 2>/dev/null || true; } # HOME ebbd|nginx/nginx

desk_ebbd_is_up() { alive "$(desk_pid "$1" ebbd)" ebbd; }
desk_nginx_is_up() { alive "$(desk_pid "$1" nginx/nginx)" nginx; }

# ebbd goes to the background by itself, once it serves. It logs to log_file; what it says before goes to ebbd.err.
desk_ebbd_start() { # HOME
    desk_ebbd_is_up "$1" && return 0
    as_owner "$1/bin/ebbd" --config "$1/ebb.conf" </dev/null >>"$1/log/ebbd.err" 2>&1 || {
        tail -n 20 "$1/log/ebbd.err"
        return 69
    }
}

desk_nginx() { # HOME ARGUMENT...
    local home=$1
    shift
    as_owner "$(command -v nginx || echo /usr/sbin/nginx)" -e "$home/log/error.log" -p "$home/run/nginx" -c "$home/run/nginx/nginx.conf" "$@"
}

desk_nginx_start() { # HOME
    desk_nginx_is_up "$1" && return 0
    desk_nginx "$1"
    wait_until 10 desk_nginx_is_up "$1"
}

desk_is_ready() { curl --noproxy '*' -fs -m 5 -o /dev/null "$1/api/ready"; } # URL

desk_ebbd_is_down() { ! desk_ebbd_is_up "$1"; }
desk_nginx_is_down() { ! desk_nginx_is_up "$1"; }

# desk_stop HOME: nginx first, so that no request meets a daemon that is going.
desk_stop() {
    if desk_nginx_is_up "$1"; then
        owner_kill -QUIT "$(desk_pid "$1" nginx/nginx)" || true
        wait_until 10 desk_nginx_is_down "$1" || owner_kill -TERM "$(desk_pid "$1" nginx/nginx)"
    fi
    if desk_ebbd_is_up "$1"; then
        owner_kill -TERM "$(desk_pid "$1" ebbd)" || true
        wait_until 30 desk_ebbd_is_down "$1" || owner_kill -KILL "$(desk_pid "$1" ebbd)"
    fi
}
