# SPDX-License-Identifier: MIT
# docs/scenario-reference.md as scdoc reads it: rehearse-scenario(5). The reference has headings, paragraphs and tables of
# three columns, and so has this.

# Text with the marks of scdoc for those of Markdown.
function marked(text,    i, c, out) {
    out = ""
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "`") {
            out = out "*"
        } else if (substr(text, i, 2) == "**") {
            out = out "*"
            i++
        } else if (c == "\\" && substr(text, i + 1, 1) == "|") {
            continue
        } else {
            out = out (index("*_\\#[]|~<>", c) > 0 ? "\\" c : c)
        }
    }
    return out
}

function trimmed(text) {
    gsub(/^ +| +$/, "", text)
    return text
}

BEGIN {
    printf "rehearse-scenario(5) \"Rehearse %s\" \"File Formats\"\n\n", version
    print "# NAME\n\nrehearse-scenario - scenario files, which *rehearse*(1) plays\n\n# DESCRIPTION"
}
NR <= 3 { next } # its title, and how it was made
/^\|[- |]*$/ || /^\| key \|/ || /^\| [a-z ]+ \|[^`]*$/ && heading { heading = 0; next }
/^### / { print "\n## " substr($0, 5); heading = 1; next }
/^## / { print "\n# " toupper(substr($0, 4)); heading = 1; next }
/^\|/ {
    gsub(/\\\|/, "\001")
    split($0, cell, "|")
    gsub(/\001/, "|", cell[2]); gsub(/\001/, "|", cell[3]); gsub(/\001/, "|", cell[4])
    is = trimmed(cell[3])
    print "\n" marked(trimmed(cell[2])) (is == "" || is == trimmed(cell[2]) ? "" : ", " marked(is))
    if (trimmed(cell[4]) != "") {
        print "\t" marked(trimmed(cell[4]))
    }
    next
}
{ print marked($0) }
END { print "\n# SEE ALSO\n\n*rehearse*(1)" }
