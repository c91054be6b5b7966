# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Who runs the private servers and where their files lie. PostgreSQL refuses root, so for root everything runs as the user
# postgres, outside /root, which that user cannot enter; an ordinary user runs everything as himself, in the build folder
# as long as the sockets' paths fit there (the system allows 107 bytes).
# It must not know what is run.

owner=$(id -un)
[ "$(id -u)" -ne 0 ] || owner=postgres
owner_home=/
[ "$owner" != postgres ] || owner_home=/var/lib/postgresql

# as_owner COMMAND...: in the folder /, because the present one may be closed to the owner.
# "exec" so that the process asked for is the one that runs: its pid and its exit code are the caller's.
as_owner() {
    (
        cd / || exit 70
        if [ "$(id -u)" -eq 0 ]; then
            exec setpriv --reuid="$owner" --regid="$owner" --init-groups --inh-caps=-all -- env HOME="$owner_home" "$@"
        fi
        exec "$@"
    )
}

# kill is the shell's: a bare system has no program of that name.
# shellcheck disable=SC2016 # the inner shell's
owner_kill() { as_owner sh -c 'kill "$1" "$2"' sh "$1" "$2"; } # SIGNAL PID

# place WANTED NAME: prints where the files that belong at WANTED really are to lie.
place() {
    local sum
    sum=$(printf %s "$1" | sha256sum | cut -c1-8)
    if [ "$(id -u)" -eq 0 ] || [ ${#1} -gt 70 ]; then
        printf '/var/tmp/ebb-%s-%s\n' "$2" "$sum"
    else
        printf '%s\n' "$1"
    fi
}

# make_place WANTED NAME: makes that folder, with a link at WANTED, and sub-folders pg, run and log that belong to the owner.
# A folder in /var/tmp that somebody else made beforehand is refused.
make_place() {
    local real sub
    real=$(place "$1" "$2")
    mkdir -p "$(dirname "$1")"
    if [ "$real" != "$1" ]; then
        mkdir -m 0711 "$real" 2>/dev/null || [ -d "$real" ]
        if [ -L "$real" ] || [ "$(stat -c %u "$real")" -ne "$(id -u)" ]; then
            echo "$real belongs to somebody else; remove it, or set another checkout path." >&2
            return 73
        fi
        if [ -d "$1" ] && [ ! -L "$1" ]; then rmdir "$1"; fi
        ln -sfn "$real" "$1"
    fi
    mkdir -p "$real"
    for sub in pg run log; do
        mkdir -p "$real/$sub"
        chmod 0700 "$real/$sub"
        if [ "$(id -u)" -eq 0 ]; then chown "$owner": "$real/$sub"; fi
    done
}

# alive PID NAME: that process runs and its program is called NAME (a pid may have been given to another since).
alive() {
    [ -n "$1" ] && [ -r "/proc/$1/comm" ] && [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ]
}

# wait_until SECONDS COMMAND...: polls; no step sleeps longer than it must.
wait_until() {
    local end=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt $end ] || return 75
        sleep 0.05
    done
}
