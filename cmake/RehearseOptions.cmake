# SPDX-License-Identifier: MIT
# How every target of this project is compiled. `rehearse_internal` carries what all of them share,
# `rehearse_posix` what only those outside the core may see.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Assertions are not a matter of NDEBUG, and "release" means -O2 with enough left for a stack trace.
if(PROJECT_IS_TOP_LEVEL)
    set(CMAKE_C_FLAGS_RELEASE "-O2 -g1" CACHE STRING "flags of a release build" FORCE)
    set(CMAKE_C_FLAGS_DEBUG "-O0 -g" CACHE STRING "flags of a debug build" FORCE)
endif()

set(RH_SANITIZE "" CACHE STRING "argument of -fsanitize=, such as address,undefined")
option(RH_HOSTILE "shrink the limits, run the validators at every step, poison what is released" OFF)
option(RH_COVERAGE "count lines and branches (gcc)" OFF)
option(RH_FUZZ "build the fuzzers (clang)" OFF)

set(RH_CONFIGURATION "" CACHE STRING "put before the names of tests, to tell configurations apart")
set(RH_TEST_ONLY "" CACHE STRING "register only tests with one of these labels; empty for all")

add_library(rehearse_internal INTERFACE)
target_include_directories(rehearse_internal INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(rehearse_internal INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wvla -Wundef -Wcast-qual -Wimplicit-fallthrough)
if(PROJECT_IS_TOP_LEVEL) # elsewhere compilers may be newer than this tree
    target_compile_options(rehearse_internal INTERFACE -Werror)
endif()

add_library(rehearse_posix INTERFACE)
target_compile_definitions(rehearse_posix INTERFACE _POSIX_C_SOURCE=200809L)

if(RH_HOSTILE)
    target_compile_definitions(rehearse_internal INTERFACE RH_HOSTILE=1)
endif()

if(RH_SANITIZE)
    add_compile_options(-fsanitize=${RH_SANITIZE} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${RH_SANITIZE})
    if(RH_SANITIZE MATCHES address)
        add_compile_definitions(RH_WATCHES_BLOCKS) # each is to come from malloc, and to go back
    endif()
    if(RH_SANITIZE MATCHES undefined)
        add_compile_options(-fno-sanitize-recover=undefined)
    endif()
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
        # Instrumented code defeats gcc's flow analysis; the plain builds keep the warning.
        add_compile_options(-Wno-maybe-uninitialized)
    endif()
endif()

if(RH_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
        message(FATAL_ERROR "RH_FUZZ needs clang: libFuzzer comes with it")
    endif()
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(RH_COVERAGE)
    add_compile_options(--coverage -fprofile-abs-path)
    add_link_options(--coverage LINKER:--wrap=_exit)
else()
    # Neither assertions nor debug information may tell where the tree was checked out.
    # Debuggers find the sources when they are started from the project's root.
    add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
    if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
        add_compile_options(-fdebug-compilation-dir=.)
    else()
        add_compile_options(-fdebug-prefix-map=${PROJECT_BINARY_DIR}=.)
    endif()
endif()
