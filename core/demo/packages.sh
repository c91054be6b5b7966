# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What has to be installed, and the package of Debian it comes from. A thing that is there counts, whoever brought it.
# Installs through apt where it may (root, or sudo without a password); else says the one line to type and stops.
# It must not know what the things are used for.

# "PURPOSE PACKAGE PROOF": the proof is a command, a header (*.h) or a path. @ stands for PostgreSQL's major version.
packages_table='
build autoconf        autoreconf
build automake        automake
build pkgconf         pkg-config
build make            make
build gcc             gcc
build libc6-dev       stdio.h
build libpq-dev       postgresql/libpq-fe.h
build libfcgi-dev     fcgiapp.h
build libjansson-dev  jansson.h
build libsodium-dev   sodium.h
build libconfuse-dev  confuse.h
build libseccomp-dev  seccomp.h
build libelf-dev      gelf.h
build libcurl4-openssl-dev  curl/curl.h
build libjose-dev     jose/jose.h
build libldap-dev     ldap.h
build liboath-dev     liboath/oath.h
build libexpat1-dev   expat.h
build zlib1g-dev      zlib.h
build liblzma-dev     lzma.h
build libical-dev     libical/ical.h
run   postgresql-@    /usr/lib/postgresql/@/bin/initdb
run   nginx           nginx
run   curl            curl
site  nodejs          node
site  npm             npm
site  ca-certificates /etc/ssl/certs/ca-certificates.crt
test  libcmocka-dev   cmocka.h
test  postgresql-@-pgtap  /usr/share/postgresql/@/extension/pgtap.control
test  postgresql-@-plpgsql-check  /usr/share/postgresql/@/extension/plpgsql_check.control
test  shellcheck      shellcheck
test  abigail-tools   abidiff
test  g++             g++
test  xz-utils        xz
test  python3         python3
test  python3-aiosmtpd  /usr/lib/python3/dist-packages/aiosmtpd
test  slapd           slapd
test  openssl         openssl
test  oathtool        oathtool
web   chromium        chromium
'

packages_pgver() {
    local have
    have=$(pg_version)
    [ -n "$have" ] || have=$(apt-cache show --no-all-versions postgresql 2>/dev/null | sed -n 's/^Version: \([0-9]*\).*/\1/p')
    echo "${have:-15}"
}

packages_has() { # PROOF
    case $1 in
    /*) [ -e "$1" ] ;;
    *.h) compgen -G "/usr/include/$1" >/dev/null || compgen -G "/usr/include/*-linux-*/$1" >/dev/null ||
        [ -e "/usr/local/include/$1" ] ;;
    *) command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] ;;
    esac
}

packages_missing() { # PURPOSE... -> names on one line
    local wanted purpose package proof ver
    wanted=" $* " ver=$(packages_pgver)
    echo "$packages_table" | while read -r purpose package proof; do
        case $wanted in *" $purpose "*) ;; *) continue ;; esac
        packages_has "${proof//@/$ver}" || printf '%s ' "${package//@/$ver}"
    done
}

# packages_apt COMMAND...: no question is asked, and no service is started: the desk runs its own, private ones.
# policy-rc.d is Debian's own way to say that; one that is there already is left as it is.
packages_apt() {
    local as=() policy=/usr/sbin/policy-rc.d
    [ "$(id -u)" -eq 0 ] || as=(sudo -n)
    (
        if [ ! -e $policy ]; then
            trap '"${as[@]}" rm -f $policy' EXIT
            printf '#!/bin/sh\nexit 101\n' | "${as[@]}" tee $policy >/dev/null
            "${as[@]}" chmod 755 $policy
        fi
        "${as[@]}" env DEBIAN_FRONTEND=noninteractive http_proxy="${http_proxy-}" https_proxy="${https_proxy-}" \
            apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
    )
}

packages_install() {
    packages_apt update
    # Before the lists were there, the version of PostgreSQL was a guess.
    missing=$(packages_missing "$@")
    # shellcheck disable=SC2086 # a list of names
    packages_apt install --no-install-recommends $missing
    did "installed $(echo "$missing" | wc -w) packages"
}

packages_may_install() { command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; }

# packages_need AGAIN PURPOSE...: AGAIN is the command to repeat afterwards.
packages_need() {
    local again=$1 missing
    shift
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null; then
        fail "these are missing, and there is no apt-get here: $missing" '' "install them, then $again" 69
    fi
    if ! packages_may_install; then
        echo "Ebb needs packages that this account may not install. As root, type"
        echo "apt-get update && apt-get install -y --no-install-recommends ${missing% }"
        echo "and then again: $again"
        exit 69
    fi
    step packages "installing: ${missing% }" "see what apt-get says above, then $again" packages_install "$@"
}
