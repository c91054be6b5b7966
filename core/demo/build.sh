# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Bootstrap, configure and make, each only when it has something to do. The tree that was configured in place is used
# as it is; else everything is built in build/. It must not know what the programs do.

# build_dir SRC: where the programs are built.
build_dir() {
    if [ -e "$1/config.status" ]; then echo "$1"; else echo "$1/build"; fi
}

# Where another account has built before, nothing can be written; that is said before it fails somewhere.
build_is_ours() { # SRC
    if { [ -e "$1/build" ] && [ ! -w "$1/build" ]; } || { [ ! -e "$1/build" ] && [ ! -w "$1" ]; }; then
        echo "This account may not write to $1/build. Remove that folder as the account that made it, or use a checkout of your own." >&2
        return 73
    fi
}

build_jobs() { nproc 2>/dev/null || echo 2; }

build_bootstrap() { # SRC
    cd "$1" || return
    if [ ! -e configure ] || [ configure.ac -nt configure ]; then
        ./autogen.sh
        did "bootstrapped"
    fi
}

# The demo configures with what it needs; a check after it has installed what tests link with, and that must be found then.
build_lacks() { grep -qs "^CMOCKA_LIBS=''" "$1/config.log" && pkg-config --exists cmocka; } # DIR

build_configure() { # SRC DIR [OPTION...]
    local src=$1 dir=$2
    shift 2
    if [ -e "$dir/config.status" ] && build_lacks "$dir"; then
        (cd "$dir" && ./config.status --recheck && ./config.status)
        did "configured anew: cmocka has come"
    fi
    [ ! -e "$dir/config.status" ] || return 0
    mkdir -p "$dir"
    cd "$dir" || return
    "$src/configure" "$@"
    did "configured${*:+ ($*)}"
}

build_make() { # DIR
    local before after
    before=$(stat -c %y "$1/core/ebbd" "$1/core/ebbctl" 2>/dev/null || true)
    make -C "$1" -s -j"$(build_jobs)"
    after=$(stat -c %y "$1/core/ebbd" "$1/core/ebbctl")
    if [ "$before" != "$after" ]; then did "built ebbd and ebbctl"; fi
}

# build_all AGAIN SRC DIR [OPTION...]: the three of them as steps.
build_all() {
    local again=$1 src=$2 dir=$3
    shift 3
    step bootstrap "making ./configure" "$again" build_bootstrap "$src"
    step configure "configuring" "$again" build_configure "$src" "$dir" "$@"
    step make "compiling" "mend what the compiler says, then $again" build_make "$dir"
}
