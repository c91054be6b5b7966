#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone:
#   ./autogen.sh              makes ./configure; then ./configure && make && make check && make install
#   ./autogen.sh demo         a desk with sample data on loopback       (demo stop, demo clean)
#   ./autogen.sh check        every test, on a private cluster          (check --quick, check T=ticket)
# The parts stand in core/demo, one concern a file.
set -eu
cd "$(dirname "$0")"

case "${1-}" in
'')    exec autoreconf -i ;;
demo)  shift; exec core/demo/demo.sh "$@" ;;
check) shift; exec core/demo/check.sh "$@" ;;
*)     sed -n '3,6s/^# \{0,1\}//p' "$0"; [ "$1" = --help ] && exit 0; exit 64 ;;
esac
