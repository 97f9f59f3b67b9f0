# SPDX-License-Identifier: MIT
# Tests. One executable per concept; see CONTRIBUTING.md for the labels.

set(RH_CORE_DIR "${PROJECT_SOURCE_DIR}/core")

# Debian's own python3 first: python3-yaml and python3-jsonschema belong to it.
find_program(RH_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(RH_PYTHON NAMES python3)

# What each sanitizer may not overlook. Uses of a stack after its return are looked for in one configuration: that makes
# exploration five times slower, and the hostile one plays all scenarios.
set(RH_ASAN_OPTIONS "strict_string_checks=1:allocator_may_return_null=1")
if(RH_HOSTILE)
    string(APPEND RH_ASAN_OPTIONS ":detect_stack_use_after_return=0")
else()
    string(APPEND RH_ASAN_OPTIONS ":detect_stack_use_after_return=1")
endif()
set(RH_TEST_ENVIRONMENT
    "ASAN_OPTIONS=${RH_ASAN_OPTIONS}"
    "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
    "TSAN_OPTIONS=halt_on_error=1:allocator_may_return_null=1")

# rh_test(NAME SOURCES a.c... [LABELS l...] [LIBRARIES lib...] [ARGUMENTS a...] [TIMEOUT seconds] [SERIAL])
#
# A cmocka executable NAME in bin/tests, run as the test NAME from the project's root. Without LABELS it is `unit`.
# Without LIBRARIES it links rehearse_core below core/ and rehearse elsewhere. Tests find files through
# RH_SOURCE_DIR, may write below RH_TEST_DIR (their own, empty at configure time), and outside core/ start the program as RH_PROGRAM.
function(rh_test name)
    if(NOT BUILD_TESTING)
        return()
    endif()
    cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL" "TIMEOUT" "SOURCES;LABELS;LIBRARIES;ARGUMENTS")
    rh_test_check("${name}" "${arg_UNPARSED_ARGUMENTS}" "${arg_SOURCES}")
    rh_test_defaults("${arg_LABELS}" "${arg_LIBRARIES}" "${arg_TIMEOUT}")
    add_executable(${name} ${arg_SOURCES})
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin/tests")
    target_link_libraries(${name} PRIVATE
        ${libraries} rehearse_internal rehearse_posix PkgConfig::CMOCKA PkgConfig::CBOR)
    set(directory "${PROJECT_BINARY_DIR}/tests/${name}")
    file(MAKE_DIRECTORY "${directory}")
    target_compile_definitions(${name} PRIVATE
        RH_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
        RH_TEST_DIR="${directory}"
        RH_PROGRAM="$<TARGET_FILE:rehearse_program>")
    if(NOT in_core)
        add_dependencies(${name} rehearse_program)
    endif()
    rh_test_register(${name} "${labels}" "${timeout}" "${arg_SERIAL}" $<TARGET_FILE:${name}> ${arg_ARGUMENTS})
endfunction()

# rh_command_test(NAME COMMAND program argument... LABELS l... [TIMEOUT seconds] [SERIAL])
#
# Any other program as a test, run from the project's root; it fails by its exit code. With 77 it says why this
# machine cannot run it. Programs in Python start with ${RH_PYTHON} -B.
function(rh_command_test name)
    if(NOT BUILD_TESTING)
        return()
    endif()
    cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL" "TIMEOUT" "COMMAND;LABELS")
    rh_test_check("${name}" "${arg_UNPARSED_ARGUMENTS}" "${arg_COMMAND}")
    rh_test_defaults("${arg_LABELS}" "none" "${arg_TIMEOUT}")
    rh_test_register(${name} "${labels}" "${timeout}" "${arg_SERIAL}" ${arg_COMMAND})
endfunction()

# rh_fuzz(NAME SOURCES a.c... [LIBRARIES lib...] [CORPUS folder] [RUNS n] [MAX_LEN bytes])
#
# A libFuzzer program in bin/fuzz, built only with RH_FUZZ. Its test runs RUNS inputs (default 20000) from a fixed seed,
# beginning with the corpus; for more, start bin/fuzz/NAME by hand.
function(rh_fuzz name)
    if(NOT BUILD_TESTING OR NOT RH_FUZZ)
        return()
    endif()
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "CORPUS;RUNS;MAX_LEN" "SOURCES;LIBRARIES")
    rh_test_check("${name}" "${arg_UNPARSED_ARGUMENTS}" "${arg_SOURCES}")
    rh_test_defaults("fuzz-smoke" "${arg_LIBRARIES}" "")
    set(runs 20000)
    if(arg_RUNS)
        set(runs ${arg_RUNS})
    endif()
    set(max_len 1024)
    if(arg_MAX_LEN)
        set(max_len ${arg_MAX_LEN})
    endif()
    set(found "${PROJECT_BINARY_DIR}/fuzz/${name}")
    # libFuzzer writes what it finds into its first folder: never one of the source tree.
    file(MAKE_DIRECTORY "${found}/corpus")
    set(corpus "${found}/corpus")
    if(arg_CORPUS)
        list(APPEND corpus "${CMAKE_CURRENT_SOURCE_DIR}/${arg_CORPUS}")
    endif()
    add_executable(${name} ${arg_SOURCES})
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin/fuzz")
    target_link_libraries(${name} PRIVATE
        ${libraries} rehearse_internal rehearse_posix PkgConfig::CBOR)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    rh_test_register(${name} fuzz-smoke "${timeout}" FALSE
        $<TARGET_FILE:${name}> -seed=1 -runs=${runs} -max_len=${max_len} -timeout=10 -rss_limit_mb=512
        -verbosity=0 -artifact_prefix=${found}/ ${corpus})
endfunction()

set(RH_TEST_LABELS unit oom sim golden seeded-bug determinism live fuzz-smoke style bench long)

function(rh_test_check name unparsed needed)
    if(unparsed)
        message(FATAL_ERROR "test ${name}: not understood: ${unparsed}")
    endif()
    if(NOT needed)
        message(FATAL_ERROR "test ${name}: nothing to run")
    endif()
endfunction()

# Fill in `labels`, `libraries`, `timeout` and `in_core` in the caller.
function(rh_test_defaults labels libraries timeout)
    cmake_path(IS_PREFIX RH_CORE_DIR "${CMAKE_CURRENT_SOURCE_DIR}" in_core)
    if(NOT labels)
        set(labels unit)
    endif()
    foreach(label IN LISTS labels)
        if(NOT label IN_LIST RH_TEST_LABELS)
            message(FATAL_ERROR "unknown label '${label}'; known: ${RH_TEST_LABELS}")
        endif()
    endforeach()
    if(NOT libraries)
        set(libraries rehearse)
        if(in_core)
            set(libraries rehearse_core)
        endif()
    endif()
    if(NOT timeout)
        set(timeout 120)
    endif()
    set(labels "${labels}" PARENT_SCOPE)
    set(libraries "${libraries}" PARENT_SCOPE)
    set(timeout "${timeout}" PARENT_SCOPE)
    set(in_core "${in_core}" PARENT_SCOPE)
endfunction()

# Leave out what RH_TEST_ONLY does not ask for: it is still compiled, which is a test by itself. What may take longest
# begins first.
function(rh_test_register name labels timeout serial)
    set(wanted ${RH_TEST_ONLY})
    list(REMOVE_ITEM wanted ${labels})
    if(RH_TEST_ONLY AND "${wanted}" STREQUAL "${RH_TEST_ONLY}")
        return()
    endif()
    if(RH_CONFIGURATION)
        string(PREPEND name "${RH_CONFIGURATION}:")
    endif()
    add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(${name} PROPERTIES
        LABELS "${labels}" TIMEOUT ${timeout} SKIP_RETURN_CODE 77 COST ${timeout} ENVIRONMENT "${RH_TEST_ENVIRONMENT}")
    if(serial)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
    endif()
endfunction()
