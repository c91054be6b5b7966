#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the page: site.sh SRC BUILD. Its sources are copied to BUILD/nginx/site, so that the tree stays clean and may be
# read-only; the result is BUILD/nginx/site/dist. Nothing is done when the sources are those of the last build.
# A tarball brings the page built, and then neither Node nor npm is needed.
# It must not know what is on the page. When sourced, it only lends its functions.

# The docs are on the page too, and so is the version.
site_sources() { # SRC -> paths, relative to it
    (
        cd "$1" || exit
        find nginx/site docs README.md configure.ac -type f ! -path '*/node_modules/*' ! -path 'nginx/site/dist/*' 2>/dev/null |
            LC_ALL=C sort
    )
}

site_sum() { # SRC
    (
        cd "$1" || exit
        site_sources . | xargs -d '\n' sha256sum | sha256sum | cut -c1-16
    )
}

site_came_built() { [ -e "$1/nginx/site/dist/index.html" ] && [ ! -e "$1/nginx/site/node_modules" ]; } # SRC

site_build() { # SRC BUILD
    local src=$1 dir=$2/nginx/site sum lock
    if site_came_built "$src"; then return 0; fi
    sum=$(site_sum "$src")
    if [ -e "$dir/dist/index.html" ] && [ "$(cat "$dir/dist/.sum" 2>/dev/null)" = "$sum" ]; then return 0; fi
    if [ "$src" != "$2" ]; then
        mkdir -p "$2"
        (
            cd "$src"
            site_sources . | grep '^nginx/site/' | xargs -d '\n' cp -p --parents -t "$2"
        )
    fi
    cd "$dir" || return
    lock=$(sha256sum <package-lock.json)
    if [ "$(cat node_modules/.lock 2>/dev/null)" != "$lock" ]; then
        npm ci --ignore-scripts --no-audit --no-fund
        echo "$lock" >node_modules/.lock
    fi
    EBB_TREE=$src npm run build
    echo "$sum" >dist/.sum
    if command -v did >/dev/null; then did "built the page"; fi
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -euo pipefail
    [ $# -eq 2 ] || { sed -n '3,7s/^# //p' "$0"; exit 64; }
    site_build "$1" "$2"
fi
