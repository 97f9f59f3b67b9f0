# SPDX-License-Identifier: MIT
# Make a C file of the page's script and style: cmake -DOUT=FILE -DSTYLES=a.css -DSCRIPTS=a.js;b.js -P embed.cmake
#
# The modules become one script, in which each is a function that returns what it exports, behind those that it imports. The
# page allows exactly these bytes to run, by their hash.

# What a policy of the page says of a text: sha256- and base64, which CMake has not got.
function(hash_of text ret)
    set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    string(SHA256 hex "${text}")
    set(base64 "")
    foreach(at RANGE 0 60 6)
        string(SUBSTRING "${hex}0000" ${at} 6 three)
        math(EXPR bits "0x${three}")
        foreach(shift 18 12 6 0)
            math(EXPR digit "${bits} >> ${shift} & 63")
            string(SUBSTRING "${digits}" ${digit} 1 character)
            string(APPEND base64 "${character}")
        endforeach()
    endforeach()
    string(SUBSTRING "${base64}" 0 43 base64)
    set(${ret} "sha256-${base64}=" PARENT_SCOPE)
endfunction()

# A name and the bytes of a text.
function(put name text)
    string(HEX "${text}" bytes)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    file(APPEND "${OUT}.part"
        "const unsigned char ${name}[] = {\n${bytes}0};\nconst size_t ${name}_size = sizeof ${name} - 1;\n")
endfunction()

set(style "")
foreach(path IN LISTS STYLES)
    file(READ "${path}" text)
    string(APPEND style "${text}")
endforeach()
set(script "\"use strict\";\n")
foreach(path IN LISTS SCRIPTS)
    file(READ "${path}" text)
    string(REGEX REPLACE "\nimport [^;]*;" "" text "\n${text}")
    string(REGEX MATCHALL "\nexport [a-z ]+[a-zA-Z_]+" exports "${text}")
    list(TRANSFORM exports REPLACE ".* " "")
    list(JOIN exports ", " exports)
    string(REGEX REPLACE "\nexport " "\n" text "${text}")
    string(APPEND script "const { ${exports} } = (() => {${text}return { ${exports} };\n})();\n")
endforeach()
string(APPEND script "main();\n")

string(TOLOWER "${script}${style}" lower)
if(lower MATCHES "</(script|style)|<!--")
    message(FATAL_ERROR "what the page embeds would end its own element")
endif()

hash_of("${script}" script_hash)
hash_of("${style}" style_hash)
file(WRITE "${OUT}.part" "/* SPDX-License-Identifier: MIT */\n#include \"reports/html_page.h\"\n\n")
put(html_style "${style}")
put(html_script "${script}")
file(APPEND "${OUT}.part"
    "const char html_style_hash[] = \"${style_hash}\";\nconst char html_script_hash[] = \"${script_hash}\";\n")
file(RENAME "${OUT}.part" "${OUT}")
