#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every tick the clock runs has its function, and every ctl.tick_* function is run.
set -u
cd "$(dirname "$0")/../.." || exit 1
want=$(sed -n 's/^TICK(\([a-z_]*\),.*/\1/p' core/run/ticks.def | sort)
have=$(sed -n 's/^create or replace function ctl\.tick_\([a-z_]*\)(.*/\1/p' sql/code/*/*.sql | sort)
echo 1..1
if [ "$want" = "$have" ]; then echo "ok 1 - the clock's ticks are the tick functions"; else
	echo "not ok 1 - the clock's ticks are the tick functions"
	printf "%s\n" "$want" "--" "$have" | sed "s/^/# /"
fi
