# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the person at the terminal sees: one line per step with its time, and, when a step fails, what failed,
# the last lines of its log, where the log is and what to type next. It must not know any step.

log_dir=                # where the logs of steps go

now_ms() { date +%s%3N; }

seconds_since() { # MILLISECONDS -> "1.2 s"
    local ms=$(($(now_ms) - $1))
    printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

ok_line() { printf '  [ok] %-66s %8s\n' "$1" "${2-}"; }

note() { printf '       %s\n' "$1"; }

# fail WHAT LOG NEXT: ends the run. LOG may be empty.
fail() {
    printf '\n  [failed] %s\n' "$1" >&2
    if [ -n "${2-}" ] && [ -s "$2" ]; then
        printf '  The last lines of its log:\n' >&2
        tail -n 20 "$2" | sed 's/^/    /' >&2
        printf '  Log     %s\n' "$2" >&2
    fi
    printf '  Next    %s\n' "${3:-./autogen.sh demo}" >&2
    exit "${4:-70}"
}

# did TEXT: said by a step's command, becomes its [ok] line; a step that does not say it prints nothing.
did() { printf '%s\n' "$1" >"$log_dir/.did"; }

# step NAME WHAT NEXT COMMAND...: runs the command with its output in a log; WHAT says what it does ("building").
# The command runs in a shell of its own that stops at the first fault, so it hands on nothing but files.
# No pipe: a server started in a step would hold it open.
step() {
    local name=$1 what=$2 next=$3 log started rc
    shift 3
    mkdir -p "$log_dir"
    rm -f "$log_dir/.did"
    log=$log_dir/$name.log
    started=$(now_ms)
    [ ! -t 1 ] || printf '  [..] %.72s\r' "$what"
    set +e
    (set -e; "$@") >"$log" 2>&1 </dev/null
    rc=$?
    set -e
    [ ! -t 1 ] || printf '%-78s\r' ''
    [ $rc -eq 0 ] || fail "$what" "$log" "$next" "$([ $rc -ge 64 ] && [ $rc -le 78 ] && echo $rc || echo 70)"
    [ ! -s "$log_dir/.did" ] || ok_line "$(cat "$log_dir/.did")" "$(seconds_since "$started")"
    return 0
}
