#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Begins a plugin as a copy of the skeleton, names replaced:  plugins/new.sh NAME   (make new-plugin NAME=mine)
# It must not know what the skeleton does.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
name=${1-}

refuse() {
	echo "new-plugin: $1" >&2
	exit 64
}
case $name in
'') refuse "say how it shall be called: make new-plugin NAME=mine" ;;
*[!a-z0-9_]* | [!a-z]*) refuse "\"$name\" cannot be its name: lower-case letters, digits and _ only, a letter first" ;;
esac
[ ${#name} -le 31 ] || refuse "\"$name\" is too long by $((${#name} - 31)): a name has at most 31 characters"
case $name in
check) refuse "\"check\" is where tests are built; choose another name" ;;
*_call) refuse "\"$name\" cannot be its name: the role that runs a plugin's statements ends in _call" ;;
esac
[ ! -e "$here/$name" ] || refuse "plugins/$name is there already; choose another name"
[ -w "$here" ] || refuse "this account may not write to $here"

# Whole words, wherever they stand in a file or its name: x_skeleton and test_skeleton are among them.
fresh=$here/.$name.$$
trap 'rm -rf "$fresh"' EXIT
(cd "$here/skeleton" && find . -type f) | while read -r file; do
	to=$fresh/$(echo "$file" | sed "s/skeleton/$name/g")
	mkdir -p "${to%/*}"
	sed "s/skeleton/$name/g" "$here/skeleton/$file" >"$to"
done
cat >"$fresh/README.md" <<END
# $name

What it is for, in the words of those who use it: what it decides, from what, and what a department sets.
END
mv "$fresh" "$here/$name"
trap - EXIT

echo "plugins/$name is there: $name.c, sql/, tests/, README.md"
echo "next:  make && make check KINDS=plugin T=$name       the guide is docs/plugins.md"
