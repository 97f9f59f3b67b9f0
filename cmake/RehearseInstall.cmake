# SPDX-License-Identifier: MIT
# `cmake --install build/release --prefix P`: the program, the libraries, their headers, and a pkg-config file for each.

# pkg-config finds the prefix from where its file lies, so that --prefix and moved trees just work.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
    set(RH_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
else()
    file(RELATIVE_PATH RH_PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
    string(REGEX REPLACE "/$" "" RH_PC_PREFIX "\${pcfiledir}/${RH_PC_PREFIX}")
endif()
foreach(library rehearse_core rehearse_uv rehearse)
    if(NOT TARGET ${library})
        continue()
    endif()
    install(TARGETS ${library} ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
    configure_file("${PROJECT_SOURCE_DIR}/cmake/${library}.pc.in" "${PROJECT_BINARY_DIR}/${library}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/${library}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
install(TARGETS rehearse_program RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
foreach(part core core/uv harness fault-injection reports)
    if(EXISTS "${PROJECT_SOURCE_DIR}/${part}/include")
        install(DIRECTORY "${PROJECT_SOURCE_DIR}/${part}/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
                FILES_MATCHING PATTERN "*.h")
    endif()
endforeach()

if(NOT RH_SANITIZE AND NOT RH_COVERAGE)
    rh_command_test(install LABELS unit
        COMMAND "${PROJECT_SOURCE_DIR}/cmake/test_install" "${PROJECT_BINARY_DIR}")
endif()
