# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The demo's plugins: those that are built are installed, and the departments of the sample use them as plugins/<name>/demo/<department>.json
# says (parameters and values). What somebody has changed since is left as it is.
# It must not know any plugin. Needs owner.sh, say.sh.
# shellcheck disable=SC2154 # owner comes from owner.sh

plugins_built() { find "$1/plugins" -maxdepth 1 -name '*.so' ! -name 'skeleton.so' | LC_ALL=C sort; } # BUILD

# plugins_sum SRC BUILD NAME: changes with the module and its SQL.
plugins_sum() { { cat "$2/plugins/$3.so"; find "$1/plugins/$3/sql" -type f -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0 -r cat; } | sha256sum | cut -c1-16; }

plugins_conf() { # HOME: what ebbctl has to know, before the desk's own configuration is written
    {
        echo "database = \"host=$1/pg dbname=ebb\""
        echo "plugin_dir = \"$1/plugins\""
        echo "plugin_owner = \"$owner\""
        echo "secret_key_file = \"$1/run/secret.key\""
        echo "pid_file = \"$1/run/ebbd.pid\""
    } >"$1/plugins.conf"
}

# The sample's departments begin to use it; only once.
plugins_enable() { # SRC HOME CTL NAME
    local file department
    [ ! -e "$2/plugins/.$4.begun" ] || return 0
    for file in "$1/plugins/$4/demo"/*.json; do
        [ -e "$file" ] || continue
        department=$(basename "$file" .json)
        [ "$(tr -d ' \n' <"$file")" = '{}' ] || "$3" plugin configure "$4" --department "$department" --values "$file"
        "$3" plugin enable "$4" --department "$department" --mode act
    done
    touch "$2/plugins/.$4.begun"
}

# plugins_install SRC HOME BUILD: a plugin that is as it was costs two sums.
plugins_install() {
    local src=$1 home=$2 build=$3 ctl=$3/core/ebbctl module name sum said count=0
    export EBB_CONF=$home/plugins.conf
    mkdir -p "$home/plugins"
    plugins_conf "$home"
    for module in $(plugins_built "$build"); do
        name=$(basename "$module" .so) sum=$(plugins_sum "$src" "$build" "$(basename "$module" .so)")
        if [ "$(cat "$home/plugins/.$name.sum" 2>/dev/null)" != "$sum" ]; then
            # A checkout in which others may write is no place for plugins; the desk runs without them, and says why.
            said=$("$ctl" plugin verify "$module" 2>&1) || {
                [ $? -eq 77 ] || { echo "$said"; return 65; }
                echo "$said"
                did "no plugins: ${said#ebbctl: }"
                return 0
            }
            if [ -d "$src/plugins/$name/sql" ]; then set -- --sql "$src/plugins/$name/sql"; else set --; fi
            PGUSER=postgres "$ctl" plugin install "$module" "$@"
            plugins_enable "$src" "$home" "$ctl" "$name"
            echo "$sum" >"$home/plugins/.$name.sum"
            count=$((count + 1))
        fi
    done
    if [ $count -gt 0 ]; then did "plugins: $(plugins_built "$build" | sed 's,.*/,,; s,\.so$,,' | paste -sd' ')"; fi
}
