# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# The end of a run: the table for people, the file for machines. Variables of run.

bench_report() {
    run_psql -d postgres -f "$here/report.sql"
    run_psql -d postgres -v tickets="$tickets" -v seconds="$seconds" -v rounds="$rounds" -v processors="$(nproc)" -f "$here/result.sql" >"$home/result.json"
    echo "written: ${wanted#"$PWD"/}/result.json"
}
