# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The desk looks at itself through the doors its users take: one log-in, one ticket, one reporting query.
# Secrets go to curl by descriptors, not by its command line. It must not know how the desk was started.

verify_curl() { curl --noproxy '*' -sS -m 20 -o "$verify_reply" -w '%{http_code}' "$@"; }

# verify_expect WANTED GOT WHAT
verify_expect() {
    [ "$1" = "$2" ] && return 0
    echo "$3: answered $2, not $1:"
    cat "$verify_reply"
    echo
    return 70
}

verify_login() { # URL EMAIL PASS-PHRASE
    local code
    code=$(printf '{"email": "%s", "password": "%s"}' "$2" "$3" |
        verify_curl -H 'Content-Type: application/json' --data-binary @- "$1/api/v1/session")
    verify_expect 201 "$code" "log-in of $2"
}

verify_ticket() { # URL TOKEN
    local code id
    code=$(verify_curl -H "@"<(printf 'Authorization: Bearer %s' "$2") "$1/api/v1/tickets?limit=1")
    verify_expect 200 "$code" "list of tickets"
    id=$(sed -n 's/.*"ticket_id": *\([0-9]*\).*/\1/p' "$verify_reply")
    code=$(verify_curl -H "@"<(printf 'Authorization: Bearer %s' "$2") "$1/api/v1/tickets/$id")
    verify_expect 200 "$code" "ticket $id"
}

# The very statement that the demo prints.
verify_report() { # SOCKET
    local rows
    rows=$(psql -X -At -v ON_ERROR_STOP=1 -h "$1" -d ebb -U bi_demo -c 'select * from reporting_v1.backlog_now limit 5')
    [ -n "$rows" ] || { echo "reporting_v1.backlog_now has no row for bi_demo"; return 70; }
}

# verify_all URL EMAIL PASS-PHRASE TOKEN SOCKET
verify_all() {
    verify_reply=$(mktemp)
    verify_login "$1" "$2" "$3"
    verify_ticket "$1" "$4"
    verify_report "$5"
    rm -f "$verify_reply"
    did "checked itself: a log-in, a ticket, a reporting query"
}
