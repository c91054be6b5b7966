# SPDX-License-Identifier: Apache-2.0
# Reads the TAP of one test file and prints one line a result: "pass NAME", "fail NAME", "skip NAME # REASON".
# Only leaves count: a point that sums up points indented below it is counted when it failed although none of them did.
# -v status=N is the program's exit status, -v file=NAME what is said when there is no point at all.
# It must not know which tool wrote the TAP.

function depth_of(text) { match(text, /^ */); return int(RLENGTH / 4) }

function say(what, name) { print what, name; count[what]++ }

/^ *#/ { next }

/^ *Bail out!/ { say("fail", file ": " $0); next }

/^ *1\.\.[0-9]+/ {
    if (depth_of($0) == 0) {
        text = $0; sub(/^1\.\./, "", text); planned += text + 0; has_plan = 1
        if (text + 0 == 0 && match($0, /# *[Ss][Kk][Ii][Pp]/)) { say("skip", file " " substr($0, RSTART)); points = planned }
    }
    next
}

/^ *(not )?ok([ \t]|$)/ {
    depth = depth_of($0)
    line = $0; sub(/^ */, "", line)
    bad = line ~ /^not ok/
    sub(/^(not )?ok[ \t]*[0-9]*[ \t]*(- )?/, "", line)
    if (depth == 0) points++

    is_parent = below[depth + 1] > 0
    failed_below = broken[depth + 1]
    below[depth + 1] = 0; broken[depth + 1] = 0
    below[depth]++
    if (bad && line !~ /# *([Ss][Kk][Ii][Pp]|[Tt][Oo][Dd][Oo])/) broken[depth]++

    if (is_parent && !(bad && !failed_below)) next
    # cmocka says the name where others say the reason, and has no reason.
    if (line ~ /^# SKIP /) { sub(/^# SKIP /, "", line); line = line " # SKIP " file " says so: what it reads is not here" }
    if (line ~ /# *[Ss][Kk][Ii][Pp]/) say("skip", line)
    else if (line ~ /# *[Tt][Oo][Dd][Oo]/) say("skip", line)
    else say(bad ? "fail" : "pass", line)
}

END {
    total = count["pass"] + count["fail"] + count["skip"]
    if (!has_plan && total > 0) say("fail", file ": no plan, so it may have stopped early")
    else if (has_plan && planned != points) say("fail", file ": " planned " tests were planned and " points " ran")
    if (total == 0) say("fail", file ": ran no test" (status ? ", exit status " status : ""))
    else if (status && !count["fail"]) say("fail", file ": exit status " status " after its last test")
}
