# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The demo's database: schema, sample desk, roles that may log in here only, pass-phrase and tokens.
# It must not know how the sample is made (sql/seed/demo) nor how the page looks. Needs owner.sh and cluster.sh.

seed_people='dana lee ada rae'

seed_psql() { psql -X -q -v ON_ERROR_STOP=1 -h "$1" -U postgres "${@:2}"; } # SOCKET ARGUMENT...

# seed_schema SRC SOCKET: says the schema's number.
seed_schema() {
    [ -n "$(seed_psql "$2" -d postgres -Atc "select 1 from pg_database where datname = 'ebb'")" ] ||
        seed_psql "$2" -d postgres -c 'create database ebb'
    PGHOST=$2 PGDATABASE=ebb PGUSER=postgres "$1/sql/apply" --roles
}

# seed_sum SRC: changes with anything that sql/apply reads.
seed_sum() {
    find "$1/sql/apply" "$1/sql/roles.sql" "$1/sql/migrations" "$1/sql/code" -type f -print0 | LC_ALL=C sort -z |
        xargs -0 cat | sha256sum | cut -c1-16
}

# seed_sample SRC SOCKET [SCALE]: the files of sql/seed/base and sql/seed/demo in order.
seed_sample() {
    local file
    for file in "$1"/sql/seed/base/*.sql "$1"/sql/seed/demo/*.sql; do
        [ ! -e "$file" ] || seed_psql "$2" -d ebb -v scale="${3:-1}" -f "$file"
    done
    seed_psql "$2" -d ebb -c 'vacuum (analyze)'
}

# In the demo the owners can log in too, so that a visitor can try to break what they guard.
seed_logins() { # SOCKET
    seed_psql "$1" -d ebb <<-'SQL'
		alter role ebb_api login;
		alter role ebb_owner login;
	SQL
}

# seed_words FILE: four words, "wren-copper-lantern-birch".
seed_words() {
    local words number phrase=
    mapfile -t words < <(grep -v '^#' "$1")
    for number in $(od -An -N8 -tu2 /dev/urandom); do
        phrase=$phrase${phrase:+-}${words[number % ${#words[@]}]}
    done
    echo "$phrase"
}

# seed_passphrase CTL PASS-PHRASE: the same for the four people; it goes by stdin, not by the command line.
seed_passphrase() {
    local person
    for person in $seed_people; do
        printf '%s\n' "$2" | "$1" user password --keep "$person@demo.example" >/dev/null
    done
}

# seed_token CTL PERSON -> the token
seed_token() { "$1" token create --person "$2@demo.example" --name demo --days 3650 | grep -o 'ebb_[A-Za-z0-9_-]*' | head -1; }
