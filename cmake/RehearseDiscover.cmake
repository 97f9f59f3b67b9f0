# SPDX-License-Identifier: MIT
# Run by ctest, once for each rehearse_add_scenarios: add the tests of the scenarios that are there now.
cmake_policy(PUSH)
cmake_policy(VERSION 3.20)

# The line on which a scenario begins; 1 if it is none, which is what its test will say.
macro(rehearse_line file result)
    file(READ "${file}" text)
    string(REGEX MATCH "^(.*\n)?scenario:" text "${text}")
    string(REGEX REPLACE "[^\n]" "" text "${text}")
    string(LENGTH "${text}" ${result})
    math(EXPR ${result} "${${result}} + 1")
endmacro()

# Whatever the characters of a name are, it is one argument.
macro(rehearse_add_test name file line)
    add_test("${name}" ${program} run --skip-code 77 --trace-dir "${traces}" ${arguments} "${file}")
    set_tests_properties("${name}" PROPERTIES
        LABELS "${labels}"
        SKIP_RETURN_CODE 77
        WORKING_DIRECTORY "${working_directory}"
        DEF_SOURCE_LINE "${file}:${line}"
        _BACKTRACE_TRIPLES "${file};${line};scenario"
        ${properties})
endmacro()

foreach(directory IN LISTS directories)
    get_filename_component(base "${directory}" NAME)
    file(GLOB_RECURSE found RELATIVE "${directory}" "${directory}/*.yaml")
    list(FILTER found EXCLUDE REGEX "(^|/)\\.")
    foreach(path IN LISTS found)
        string(REGEX REPLACE "\\.yaml$" "" name "${prefix}${base}/${path}")
        rehearse_line("${directory}/${path}" line)
        rehearse_add_test("${name}" "${directory}/${path}" "${line}")
    endforeach()
    if(NOT found)
        rehearse_add_test("${prefix}${base}" "${directory}" 1)
    endif()
endforeach()
foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME)
    string(REGEX REPLACE "\\.yaml$" "" name "${prefix}${name}")
    set(line 1)
    if(EXISTS "${file}")
        rehearse_line("${file}" line)
    endif()
    rehearse_add_test("${name}" "${file}" "${line}")
endforeach()

cmake_policy(POP)
