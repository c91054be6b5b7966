# SPDX-License-Identifier: Apache-2.0
# Reads what abidiff --leaf-changes-only says of two versions of the plugin contract, and tells growth from breakage. Growth is:
# members appended behind the last one of a struct that begins with size (-v growing="a b c": their names), new numbers in an
# enumeration. What it does not know is breakage. Prints each line that breaks; nothing where there is growth only.
# It must not know a name of the contract.
BEGIN { n = split(growing, names, " "); for (i = 1; i <= n; i++) grows[names[i]] = 1 }
/^ *$/ { next }
/summary: / { if (/Removed/ && !/ 0 Removed/) print; next }
/^[0-9]+ Changed variables?:$/ || /^  \[C\] / || /^ *size of symbol changed from / || /^ *type of variable changed:$/ { next }
/^'(struct|enum) .*' changed:$/ { name = $2; gsub(/'/, "", name); was = ""; kind = ""; next }
/^  type size hasn't changed$/ { next }
/^  type size changed from [0-9]+ to [0-9]+ \(in bits\)$/ { was = $5; if ($7 + 0 < was + 0) print name ":" $0; next }
/^  [0-9]+ data member insertions?:$/ { kind = "member"; next }
/^  [0-9]+ enumerator insertions?:$/ { kind = "number"; next }
kind == "number" && /^    '.*' value '.*'$/ { next }
kind == "member" && /^    '.*', at offset [0-9]+ \(in bits\)/ {
    at = $0; sub(/.*, at offset /, "", at)
    if (!(name in grows)) print "struct " name " has no size, so it cannot grow:" $0
    else if (was == "" || at + 0 < was + 0) print "not behind the last member of struct " name ":" $0
    next
}
{ kind = ""; print name ":" $0 }
