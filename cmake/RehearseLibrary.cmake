# SPDX-License-Identifier: MIT
# The libraries that others link. Each comes as an archive, which everything in this tree links, and as a shared library
# made of the same objects, which shows what stands between RH_PUBLIC_BEGIN and RH_PUBLIC_END and nothing else.

# Sanitizers and counters belong into programs. Whoever asks for shared libraries gets them all the same.
set(RH_WITH_SHARED ON)
if((RH_SANITIZE OR RH_COVERAGE OR RH_FUZZ OR RH_HOSTILE) AND NOT BUILD_SHARED_LIBS)
    set(RH_WITH_SHARED OFF)
endif()

# Until 1.0 any minor release may change the interface, and the name of the library says which one it is.
set(RH_SOVERSION "${PROJECT_VERSION_MAJOR}")
if(PROJECT_VERSION_MAJOR EQUAL 0)
    string(APPEND RH_SOVERSION ".${PROJECT_VERSION_MINOR}")
endif()

# rh_library(NAME EXPORT name INCLUDE folder... [PUBLIC library...] [PRIVATE library...] [PACKAGES prefix...])
#
# The archive NAME and, where there is one, the shared library NAME_shared; both are rehearse::EXPORT to who finds them
# installed, and the one that BUILD_SHARED_LIBS asks for is that in the tree. PUBLIC and PRIVATE name other libraries of
# this project, PACKAGES what pkg-config found, by its prefix. Sources are added to the archive by target_sources.
function(rh_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXPORT" "INCLUDE;PUBLIC;PRIVATE;PACKAGES")
    add_library(${name} STATIC)
    # Of libraries only: a program may have to show functions, such as a resolver of its own.
    set_target_properties(${name} PROPERTIES C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
        # Nobody is to replace one of our functions by one of his: calls among ourselves stay direct.
        target_compile_options(${name} PRIVATE -fno-semantic-interposition)
    endif()
    rh_library_usage(${name} "" "${arg_EXPORT}" "${arg_INCLUDE}" "${arg_PUBLIC}" "${arg_PRIVATE}" "${arg_PACKAGES}")
    target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:rehearse_internal>)
    set(kind ${name})
    if(RH_WITH_SHARED)
        add_library(${name}_shared SHARED $<TARGET_OBJECTS:${name}>)
        rh_library_usage(${name}_shared "_shared" "${arg_EXPORT}" "${arg_INCLUDE}" "${arg_PUBLIC}" "${arg_PRIVATE}"
            "${arg_PACKAGES}")
        set_target_properties(${name}_shared PROPERTIES
            OUTPUT_NAME ${name} LINKER_LANGUAGE C VERSION "${PROJECT_VERSION}" SOVERSION "${RH_SOVERSION}")
        if(NOT RH_SANITIZE)
            target_link_options(${name}_shared PRIVATE -Wl,--no-undefined)
        endif()
        if(BUILD_SHARED_LIBS)
            set(kind ${name}_shared)
        endif()
    endif()
    add_library(rehearse::${arg_EXPORT} ALIAS ${kind})
endfunction()

function(rh_library_usage target suffix export include public private packages)
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${export})
    foreach(folder IN LISTS include)
        target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/${folder}>)
    endforeach()
    target_include_directories(${target} PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    foreach(library IN LISTS public)
        target_link_libraries(${target} PUBLIC ${library}${suffix})
    endforeach()
    foreach(library IN LISTS private)
        target_link_libraries(${target} PRIVATE ${library}${suffix})
    endforeach()
    # Who finds an archive installed has looked for these under names that are not in the way of his own.
    foreach(package IN LISTS packages)
        target_link_libraries(${target} PRIVATE
            $<BUILD_INTERFACE:PkgConfig::${package}> $<INSTALL_INTERFACE:PkgConfig::rehearse_${package}>)
    endforeach()
endfunction()
