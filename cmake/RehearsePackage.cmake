# SPDX-License-Identifier: MIT
# Debian packages: `./dev deb`, or cpack in a folder of the preset `deb`, build/deb. One package a shared library, one with what is
# needed to build against them, and one with the program.
set(RH_MAINTAINER "The Rehearse authors <authors@rehearse.example>" CACHE STRING "who makes packages")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rehearse)
set(CPACK_PACKAGE_VENDOR "The Rehearse authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each component has its own
set(CPACK_PACKAGING_INSTALL_PREFIX "${CMAKE_INSTALL_PREFIX}")
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL core uv rehearse dev program)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${RH_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_SOURCE rehearse)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}/lib")

set(about "Rehearse runs message-passing programs the way a theatre runs a play before
opening night: every order and every accident is tried on purpose, and any run
that went wrong can be played again, line for line.
.
")
set(CPACK_COMPONENT_CORE_DESCRIPTION "actor runtime with the semantics of Erlang/OTP - shared library
${about}This package holds the actor runtime, which performs no I/O by itself.")
set(CPACK_COMPONENT_UV_DESCRIPTION "actor runtime on libuv - shared library
${about}This package holds the driver that runs actors on libuv.")
set(CPACK_COMPONENT_REHEARSE_DESCRIPTION "deterministic scheduler and faults for actors - shared library
${about}This package holds the scheduler, the faults, the checks and the reports.")
set(CPACK_COMPONENT_DEV_DESCRIPTION "actor runtime and deterministic scheduler - development files
${about}This package holds headers, archives, and what CMake and pkg-config ask for.")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "play message-passing programs in every order, with every accident
${about}This package holds the program, which plays scenario files, explains and
shrinks what fails, and writes reports for CI systems.")
set(CPACK_COMPONENT_UV_DEPENDS core)
set(CPACK_COMPONENT_REHEARSE_DEPENDS core uv)
set(CPACK_COMPONENT_DEV_DEPENDS core uv rehearse)
set(CPACK_COMPONENT_PROGRAM_DEPENDS rehearse)

set(RH_PACKAGE_core "librehearse-core${RH_SOVERSION}")
set(RH_PACKAGE_uv "librehearse-uv${RH_SOVERSION}")
set(RH_PACKAGE_rehearse "librehearse${RH_SOVERSION}")
set(RH_PACKAGE_dev librehearse-dev)
set(RH_PACKAGE_program rehearse)
set(RH_SECTION_dev libdevel)
set(RH_SECTION_program devel)
foreach(part IN LISTS CPACK_COMPONENTS_ALL)
    string(TOUPPER ${part} upper)
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${RH_PACKAGE_${part}})
    set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION libs)
    if(RH_SECTION_${part})
        set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${RH_SECTION_${part}})
    endif()
endforeach()

# What makes other packages depend on a library, and the loader find it. CPack's own calls ldconfig, which Debian has a
# trigger for.
foreach(part core uv rehearse)
    string(TOUPPER ${part} upper)
    set(library librehearse_${part})
    if(part STREQUAL "rehearse")
        set(library librehearse)
    endif()
    set(control "${PROJECT_BINARY_DIR}/debian/${part}")
    file(WRITE "${control}/shlibs" "${library} ${RH_SOVERSION} ${RH_PACKAGE_${part}} (>= ${PROJECT_VERSION})\n")
    file(WRITE "${control}/triggers" "activate-noawait ldconfig\n")
    set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA "${control}/shlibs" "${control}/triggers")
endforeach()
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libcbor-dev, libuv1-dev, libyaml-dev, libxxhash-dev")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "cmake, pkg-config, rehearse")

# What Debian wants in each package.
if(RH_DEBIAN)
    string(TIMESTAMP RH_CHANGELOG_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
    configure_file("${PROJECT_SOURCE_DIR}/cmake/package/changelog.in" "${PROJECT_BINARY_DIR}/debian/changelog" @ONLY)
    set(zipped "${PROJECT_BINARY_DIR}/debian/changelog.gz")
    add_custom_command(OUTPUT "${zipped}" COMMAND gzip -9nc "${PROJECT_BINARY_DIR}/debian/changelog" > "${zipped}"
        DEPENDS "${PROJECT_BINARY_DIR}/debian/changelog" VERBATIM)
    add_custom_target(rehearse_debian DEPENDS "${zipped}")
    add_dependencies(rehearse_products rehearse_debian)
    foreach(part IN LISTS CPACK_COMPONENTS_ALL)
        install(FILES "${zipped}" "${PROJECT_SOURCE_DIR}/cmake/package/copyright"
            DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${RH_PACKAGE_${part}}" COMPONENT ${part})
    endforeach()
    foreach(part core uv rehearse)
        install(FILES "${PROJECT_SOURCE_DIR}/cmake/package/lintian-overrides" RENAME ${RH_PACKAGE_${part}}
            DESTINATION "${CMAKE_INSTALL_DATADIR}/lintian/overrides" COMPONENT ${part})
    endforeach()
    install(CODE "foreach(archive rehearse_core rehearse_uv rehearse)
            execute_process(COMMAND_ERROR_IS_FATAL ANY COMMAND \"${CMAKE_STRIP}\" --strip-debug
                --enable-deterministic-archives
                \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/lib\${archive}.a\")
        endforeach()"
        COMPONENT dev)
endif()

include(CPack)

if(NOT RH_SANITIZE AND NOT RH_COVERAGE AND NOT RH_DEBIAN)
    rh_command_test(install.deb LABELS unit long TIMEOUT 1800
        COMMAND ${RH_PYTHON} -B "${PROJECT_SOURCE_DIR}/cmake/package/test_deb.py" "${PROJECT_SOURCE_DIR}"
                "${PROJECT_BINARY_DIR}/tests/install.deb")
endif()
