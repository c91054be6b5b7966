# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# TAP for tests written in shell. It must not know what they test.

tap_number=0 tap_failed=0

# tap_ok NAME [FAULTS]: passes when there is no fault; each line of FAULTS is one.
tap_ok() {
    tap_number=$((tap_number + 1))
    if [ -z "${2-}" ]; then
        echo "ok $tap_number - $1"
    else
        tap_failed=1
        echo "not ok $tap_number - $1"
        printf '%s\n' "$2" | head -50 | sed 's/^/# /'
    fi
}

# tap_run NAME COMMAND...: passes when the command does; its last lines are shown when not.
tap_run() {
    local name=$1 said
    shift
    if said=$("$@" 2>&1); then tap_ok "$name"; else tap_ok "$name" "$(printf '%s\nfailed: %s' "$said" "$*" | tail -30)"; fi
}

tap_skip() { # NAME REASON
    tap_number=$((tap_number + 1))
    echo "ok $tap_number - $1 # SKIP $2"
}

tap_done() {
    echo "1..$tap_number"
    exit $tap_failed
}
