# SPDX-License-Identifier: Apache-2.0
# Compares what isolationtester printed with what was expected and says TAP, one test a permutation.
# First file: expected; second: got. It must not know what the steps do.
FNR == 1 { file++; name = "" }
/^starting permutation: / {
    name = substr($0, 23)
    if (file == 1) order[++n] = name
    else if (!(name in want)) unknown[++m] = name
}
{ if (file == 1) want[name] = want[name] $0 "\n"; else got[name] = got[name] $0 "\n" }
END {
    print "1.." n + m
    for (i = 1; i <= n; i++) print (want[order[i]] == got[order[i]] ? "" : "not ") "ok " i " - " order[i]
    for (i = 1; i <= m; i++) print "not ok " n + i " - " unknown[i] " (not in the expected output)"
}
