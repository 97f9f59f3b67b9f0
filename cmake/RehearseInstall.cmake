# SPDX-License-Identifier: MIT
# `./dev install` and `cmake --install build/release --prefix P`: the program, the libraries, their headers, and what makes
# CMake, pkg-config, gdb, editors and shells find them. Each file belongs to a component, of which packages are made.
include(CMakePackageConfigHelpers)

set(RH_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/rehearse")
set(RH_SHARE_DIR "${CMAKE_INSTALL_DATADIR}/rehearse")

# What depends on a place says where it is by where it lies, so that --prefix and trees that were moved just work.
set(rpath "")
set(RH_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
set(RH_PC_LIBDIR "${CMAKE_INSTALL_FULL_LIBDIR}")
set(RH_PC_INCLUDEDIR "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" AND NOT IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    file(RELATIVE_PATH RH_PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
    string(REGEX REPLACE "/$" "" RH_PC_PREFIX "\${pcfiledir}/${RH_PC_PREFIX}")
    set(RH_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
    set(RH_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
    file(RELATIVE_PATH rpath "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}")
    set(rpath "$ORIGIN/${rpath}")
endif()

foreach(part core uv rehearse)
    set(library rehearse_${part})
    if(part STREQUAL "rehearse")
        set(library rehearse)
    endif()
    install(TARGETS ${library} EXPORT rehearse-${part}-static
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev)
    install(EXPORT rehearse-${part}-static DESTINATION "${RH_CMAKE_DIR}" NAMESPACE rehearse:: COMPONENT dev)
    if(RH_WITH_SHARED)
        set_target_properties(${library}_shared PROPERTIES INSTALL_RPATH "$ORIGIN")
        install(TARGETS ${library}_shared EXPORT rehearse-${part}-shared
            LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${part} NAMELINK_COMPONENT dev)
        install(EXPORT rehearse-${part}-shared DESTINATION "${RH_CMAKE_DIR}" NAMESPACE rehearse:: COMPONENT dev)
    endif()
    configure_file("${PROJECT_SOURCE_DIR}/cmake/package/${library}.pc.in" "${PROJECT_BINARY_DIR}/${library}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/${library}.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT dev)
endforeach()
foreach(part core core/uv harness fault-injection reports)
    install(DIRECTORY "${PROJECT_SOURCE_DIR}/${part}/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT dev
        FILES_MATCHING PATTERN "*.h")
endforeach()

set(RH_PROGRAM "${CMAKE_INSTALL_BINDIR}/rehearse${CMAKE_EXECUTABLE_SUFFIX}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/package/rehearseConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/rehearseConfig.cmake" INSTALL_DESTINATION "${RH_CMAKE_DIR}" PATH_VARS RH_PROGRAM
    NO_CHECK_REQUIRED_COMPONENTS_MACRO)
set(compatible SameMajorVersion)
if(PROJECT_VERSION_MAJOR EQUAL 0)
    set(compatible SameMinorVersion)
endif()
write_basic_package_version_file("${PROJECT_BINARY_DIR}/rehearseConfigVersion.cmake" COMPATIBILITY ${compatible})
install(FILES
    "${PROJECT_BINARY_DIR}/rehearseConfig.cmake"
    "${PROJECT_BINARY_DIR}/rehearseConfigVersion.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/RehearseScenarios.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/RehearseDiscover.cmake"
    DESTINATION "${RH_CMAKE_DIR}" COMPONENT dev)

if(BUILD_SHARED_LIBS)
    set_target_properties(rehearse_program PROPERTIES INSTALL_RPATH "${rpath}")
endif()
install(TARGETS rehearse_program RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT program)
install(FILES
    "${PROJECT_SOURCE_DIR}/scenarios/scenario.schema.json"
    "${PROJECT_SOURCE_DIR}/docs/trace-export.schema.json"
    DESTINATION "${RH_SHARE_DIR}" COMPONENT program)
if(NOT RH_DEBIAN) # whose programs have no symbols for gdb
    install(FILES "${PROJECT_SOURCE_DIR}/harness/debug/rehearse.gdb" DESTINATION "${RH_SHARE_DIR}" COMPONENT program)
endif()

# What the program and its tables say of themselves: completion of shells, and the manual where scdoc is installed.
set(RH_ZSH_DIR "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" CACHE STRING "where zsh looks for functions")
find_program(RH_SCDOC scdoc)
set(made "")
foreach(row
        "bash|${CMAKE_INSTALL_DATADIR}/bash-completion/completions|rehearse"
        "zsh|${RH_ZSH_DIR}|_rehearse"
        "fish|${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d|rehearse.fish")
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 shell)
    list(GET row 1 folder)
    list(GET row 2 name)
    set(file "${PROJECT_BINARY_DIR}/completion/${shell}/${name}")
    file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/completion/${shell}")
    add_custom_command(OUTPUT "${file}" COMMAND rehearse_program completion ${shell} > "${file}" VERBATIM)
    install(FILES "${file}" DESTINATION "${folder}" COMPONENT program)
    list(APPEND made "${file}")
endforeach()
function(rh_manual section page)
    set(file "${PROJECT_BINARY_DIR}/${page}.${section}")
    add_custom_command(OUTPUT "${file}" COMMAND ${ARGN} | "${RH_SCDOC}" > "${file}"
        DEPENDS "${PROJECT_SOURCE_DIR}/cmake/package/scenario-page.awk" "${RH_REFERENCE}" VERBATIM)
    if(RH_DEBIAN)
        add_custom_command(OUTPUT "${file}.gz" COMMAND gzip -9nc "${file}" > "${file}.gz" DEPENDS "${file}" VERBATIM)
        set(file "${file}.gz")
    endif()
    install(FILES "${file}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man${section}" COMPONENT program)
    set(made ${made} "${file}" PARENT_SCOPE)
endfunction()

if(RH_SCDOC)
    set(RH_REFERENCE "${PROJECT_SOURCE_DIR}/docs/scenario-reference.md")
    rh_manual(1 rehearse rehearse_write_manual)
    rh_manual(5 rehearse-scenario awk -v version=${PROJECT_VERSION}
        -f "${PROJECT_SOURCE_DIR}/cmake/package/scenario-page.awk" "${RH_REFERENCE}")
endif()

# Everything that is installed, without tests and measurements.
add_custom_target(rehearse_products ALL DEPENDS ${made})
add_dependencies(rehearse_products rehearse_program rehearse_core rehearse_uv rehearse)
if(RH_WITH_SHARED)
    add_dependencies(rehearse_products rehearse_core_shared rehearse_uv_shared rehearse_shared)
endif()

# Pages and plays to read.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs/" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT program
    FILES_MATCHING PATTERN "*.md" PATTERN seeds EXCLUDE PATTERN trace EXCLUDE)
install(FILES "${PROJECT_SOURCE_DIR}/core/wire.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT program)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/scenarios" DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" COMPONENT program
    FILES_MATCHING PATTERN "*.yaml" PATTERN canary EXCLUDE PATTERN conformance EXCLUDE)
foreach(example hello conversation host)
    install(DIRECTORY "${PROJECT_SOURCE_DIR}/examples/${example}" DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples"
        COMPONENT dev FILES_MATCHING PATTERN "*.c" PATTERN "*.yaml")
endforeach()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/examples/downstream" DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples"
    COMPONENT dev PATTERN README.md EXCLUDE)

install(CODE "set(PAGES \"${CMAKE_INSTALL_DOCDIR}\")\nset(HEADERS \"${CMAKE_INSTALL_INCLUDEDIR}\")" COMPONENT program)
install(SCRIPT "${PROJECT_SOURCE_DIR}/cmake/package/links.cmake" COMPONENT program)

# What is only in a release is not tested in all configurations.
if(RH_SANITIZE OR RH_COVERAGE OR NOT RH_WITH_SHARED)
    return()
endif()
set(test ${RH_PYTHON} -B "${PROJECT_SOURCE_DIR}/cmake/package/test_install.py")
set(work "${PROJECT_BINARY_DIR}/tests/install")
set(downstream "${PROJECT_SOURCE_DIR}/examples/downstream")
rh_command_test(install.stage COMMAND ${test} stage "${PROJECT_BINARY_DIR}" "${work}")
rh_command_test(install.downstream_static COMMAND ${test} downstream "${downstream}" "${work}" static)
rh_command_test(install.downstream_shared COMMAND ${test} downstream "${downstream}" "${work}" shared)
rh_command_test(install.configurations COMMAND ${test} configurations "${downstream}" "${work}")
rh_command_test(install.pkgconfig COMMAND ${test} pkgconfig "${downstream}" "${work}")
rh_command_test(install.symbols COMMAND ${test} symbols "${PROJECT_SOURCE_DIR}" "${work}")
rh_command_test(install.headers COMMAND ${test} headers "${work}")
rh_command_test(install.subdirectory LABELS unit long TIMEOUT 1800
    COMMAND ${test} subdirectory "${PROJECT_SOURCE_DIR}" "${work}.subdirectory")
if(TEST install.stage)
    set_tests_properties(install.stage PROPERTIES FIXTURES_SETUP installed)
    set_tests_properties(install.downstream_static install.downstream_shared install.configurations install.pkgconfig
        install.symbols install.headers PROPERTIES FIXTURES_REQUIRED installed)
endif()
