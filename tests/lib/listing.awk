# SPDX-License-Identifier: Apache-2.0
# Takes the listings out of a page: a fence below a line that is nothing but a file's name in backquotes is that file's content.
#   awk -v out=FOLDER [-v commands=FILE] -f listing.awk PAGE     writes the files below FOLDER and prints their names
# commands: what stands in fences "sh", in their order, each line preceded by "@ NUMBER" with its line in the page; the fence "text"
# that follows one holds what is printed, each line preceded by "= ". It must not know any page.
/^`[A-Za-z0-9_.\/-]+`$/ && !inside { file = substr($0, 2, length($0) - 2); next }
/^```/ && inside { inside = 0; file = ""; kind = ""; next }
/^```/ {
    inside = 1; kind = substr($0, 4)
    if (file != "") {
        kind = "file"; path = out "/" file; folder = path; sub(/\/[^\/]*$/, "", folder)
        system("mkdir -p \"" folder "\""); printf "" >path; print file
    }
    next
}
inside && kind == "file" { print >path; next }
inside && kind == "sh" && commands != "" { print "@ " FNR " " $0 >commands; next }
inside && kind == "text" && commands != "" { print "= " FNR " " $0 >commands; next }
/[^[:space:]]/ && !inside { file = "" }
