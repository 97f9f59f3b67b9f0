# SPDX-License-Identifier: MIT
# rehearse_add_scenarios(TARGET [DIRECTORY folder...] [FILES file...] [PREFIX text] [ARGUMENTS argument...]
#                        [LABELS label...] [TIMEOUT seconds] [WORKING_DIRECTORY folder] [PROPERTIES name value...])
#
# Each scenario becomes a test of CTest, which plays it with TARGET: a program that calls rh_main, or rehearse::program.
# Scenarios are looked for when ctest starts, so that a file that was added, renamed or taken away needs no build.
#
#   DIRECTORY  every *.yaml below it but what is hidden, as `rehearse run` takes them; relative to the current source folder.
#              The test of scenarios/links/race.yaml in DIRECTORY scenarios is "scenarios/links/race". A folder without
#              any is a test that fails.
#   FILES      single ones; the test of a/b.yaml is "b".
#   PREFIX     stands in front of the names of tests.
#   ARGUMENTS  go to the command `run`: --strategy random --runs 1000, --live, …
#   LABELS     beside "rehearse", which all of them have.
#   TIMEOUT    in seconds, of each.
#   WORKING_DIRECTORY  where the program is started; the current binary folder.
#   PROPERTIES any other properties of tests: PROCESSORS 2 …
#
# A scenario with `skip:` is a test that is skipped. Traces of what fails are in rehearse-traces/ of the current binary
# folder. What CTest says of a test leads to its file: an IDE opens it.
function(rehearse_add_scenarios target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "PREFIX;TIMEOUT;WORKING_DIRECTORY"
        "DIRECTORY;FILES;ARGUMENTS;LABELS;PROPERTIES")
    if(NOT TARGET ${target})
        message(FATAL_ERROR "rehearse_add_scenarios: there is no target ${target}")
    endif()
    if(arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
        message(FATAL_ERROR
            "rehearse_add_scenarios: not understood: ${arg_UNPARSED_ARGUMENTS} ${arg_KEYWORDS_MISSING_VALUES}")
    endif()
    if(NOT arg_DIRECTORY AND NOT arg_FILES)
        message(FATAL_ERROR "rehearse_add_scenarios: neither DIRECTORY nor FILES")
    endif()
    if(NOT arg_WORKING_DIRECTORY)
        set(arg_WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
    endif()
    cmake_path(ABSOLUTE_PATH arg_WORKING_DIRECTORY BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    if(arg_TIMEOUT)
        list(APPEND arg_PROPERTIES TIMEOUT "${arg_TIMEOUT}")
    endif()
    foreach(kind DIRECTORY FILES)
        set(absolute "")
        foreach(path IN LISTS arg_${kind})
            cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
            string(REGEX REPLACE "/$" "" path "${path}")
            list(APPEND absolute "${path}")
        endforeach()
        set(arg_${kind} "${absolute}")
    endforeach()

    # One file for each configuration knows the program, and one file asks ctest which of them is wanted.
    get_property(number DIRECTORY PROPERTY REHEARSE_SCENARIOS)
    math(EXPR number "0${number} + 1")
    set_property(DIRECTORY PROPERTY REHEARSE_SCENARIOS ${number})
    set(base "${CMAKE_CURRENT_BINARY_DIR}/rehearse-scenarios-${number}")
    file(GENERATE OUTPUT "${base}-$<CONFIG>.cmake" CONTENT
"set(program [==[$<TARGET_PROPERTY:${target},CROSSCOMPILING_EMULATOR>;$<TARGET_FILE:${target}>]==])
set(directories [==[${arg_DIRECTORY}]==])
set(files [==[${arg_FILES}]==])
set(prefix [==[${arg_PREFIX}]==])
set(arguments [==[${arg_ARGUMENTS}]==])
set(labels [==[rehearse;${arg_LABELS}]==])
set(properties [==[${arg_PROPERTIES}]==])
set(working_directory [==[${arg_WORKING_DIRECTORY}]==])
set(traces [==[${CMAKE_CURRENT_BINARY_DIR}/rehearse-traces]==])
include([==[${CMAKE_CURRENT_FUNCTION_LIST_DIR}/RehearseDiscover.cmake]==])
")
    get_property(is_multi GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
    if(is_multi)
        file(WRITE "${base}.cmake"
"if(EXISTS \"${base}-\${CTEST_CONFIGURATION_TYPE}.cmake\")
    include(\"${base}-\${CTEST_CONFIGURATION_TYPE}.cmake\")
else()
    add_test(\"${arg_PREFIX}${target}_CONFIGURATION_NOT_AVAILABLE\" NOT_AVAILABLE)
endif()
")
    else()
        file(WRITE "${base}.cmake" "include(\"${base}-${CMAKE_BUILD_TYPE}.cmake\")\n")
    endif()
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${base}.cmake")
endfunction()
