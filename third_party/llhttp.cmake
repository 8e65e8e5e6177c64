# llhttp::llhttp: the system's library where it is 9.2.1 or newer. Else it is built, with the strict parser, from the
# sources in Debian's package node-llhttp, which is unpacked under the build folder so that Node.js, on which it
# depends, stays off the machine. net/http_connection adds the checks that 8.1.0 lacks.
pkg_check_modules(LLHTTP QUIET IMPORTED_TARGET GLOBAL libllhttp>=9.2.1)
if(TARGET PkgConfig::LLHTTP)
  add_library(llhttp::llhttp ALIAS PkgConfig::LLHTTP)
  return()
endif()

set(LLHTTP_ROOT "" CACHE PATH "Where node-llhttp is unpacked; empty: fetched with apt-get under the build folder")
if(LLHTTP_ROOT STREQUAL "")
  set(root "${CMAKE_CURRENT_BINARY_DIR}/node-llhttp")
  if(NOT EXISTS "${root}/usr/share/llhttp/llhttp.c")
    file(MAKE_DIRECTORY "${root}")
    execute_process(COMMAND apt-get download node-llhttp WORKING_DIRECTORY "${root}" OUTPUT_QUIET RESULT_VARIABLE failed)
    file(GLOB package "${root}/*.deb")
    if(NOT failed AND package)
      execute_process(COMMAND dpkg -x "${package}" "${root}" RESULT_VARIABLE failed)
    endif()
    if(failed OR NOT package)
      message(FATAL_ERROR "no llhttp: neither a libllhttp of 9.2.1 or newer, nor Debian's package node-llhttp to build it "
                          "from (try apt-get update; or set LLHTTP_ROOT to where that package is unpacked)")
    endif()
  endif()
else()
  set(root "${LLHTTP_ROOT}")
endif()

set(sources "${root}/usr/share/llhttp")
add_library(llhttp STATIC "${sources}/api.c" "${sources}/http.c" "${sources}/llhttp.c")
target_include_directories(llhttp SYSTEM PUBLIC "${root}/usr/share/include/llhttp")
target_compile_definitions(llhttp PRIVATE LLHTTP_STRICT_MODE=1)
set_target_properties(llhttp PROPERTIES C_CLANG_TIDY "" COMPILE_WARNING_AS_ERROR OFF)
add_library(llhttp::llhttp ALIAS llhttp)
