# A room is a folder of src. Its files are found by their names, so that adding one needs no
# change of the build:
#   *.cpp          rushline_<room>, a static library
#   *_test.cpp     <room>_test, run by ctest under the label "unit"
#   *_bench.cpp    <room>_bench, built only when asked for
# A room without sources yet is a library of headers.

# rushline_room(<room> [DEPENDS <room>...] [LINKS <target>...] [EXCEPT <file>...])
#   DEPENDS  rooms whose headers this room may include
#   LINKS    libraries from outside
#   EXCEPT   sources that do not belong into the library
function(rushline_room room)
  cmake_parse_arguments(ROOM "" "" "DEPENDS;LINKS;EXCEPT" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  file(GLOB tests CONFIGURE_DEPENDS *_test.cpp)
  file(GLOB benches CONFIGURE_DEPENDS *_bench.cpp)
  foreach(elsewhere IN LISTS tests benches ROOM_EXCEPT)
    list(REMOVE_ITEM sources "${elsewhere}")
  endforeach()
  list(TRANSFORM ROOM_DEPENDS PREPEND rushline_)

  if(sources)
    add_library(rushline_${room} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(rushline_${room} PRIVATE rushline_warnings)
  else()
    add_library(rushline_${room} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(rushline_${room} ${scope} rushline_options ${ROOM_DEPENDS} ${ROOM_LINKS})

  if(tests AND RUSHLINE_TESTS)
    rushline_tests(${room}_test LABEL unit SOURCES ${tests} DEPENDS ${room})
  endif()
  if(benches AND RUSHLINE_TESTS)
    rushline_bench(${room}_bench SOURCES ${benches} DEPENDS ${room})
  endif()
endfunction()

# rushline_tests(<executable> LABEL <label> [BY_SUITE [APART <suite>...]] SOURCES <file>...
#                DEPENDS <room>...)
#   BY_SUITE  each suite is one test of ctest, else each of its tests is
#   APART     but not these: their tests need a process each
# Test code may include "tests/support/..." beside what its rooms offer. It is compiled for a short
# build: what is tested is optimised as ever, and the dev build has what a debugger wants.
function(rushline_tests executable)
  cmake_parse_arguments(TESTS "BY_SUITE" "LABEL" "APART;SOURCES;DEPENDS" ${ARGN})
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  list(TRANSFORM TESTS_DEPENDS PREPEND rushline_)
  add_executable(${executable} ${TESTS_SOURCES})
  target_include_directories(${executable} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_compile_options(${executable} PRIVATE $<$<CONFIG:Release>:-O1> $<$<CONFIG:Release>:-g0>)
  if(RUSHLINE_SANITIZE)
    target_compile_options(${executable} PRIVATE -g1)
  endif()
  target_link_libraries(${executable} PRIVATE
    rushline_options rushline_warnings rushline_support ${TESTS_DEPENDS}
    GTest::gmock_main rapidcheck rapidcheck_gtest)
  if(TESTS_BY_SUITE)
    set(suites "${CMAKE_CURRENT_BINARY_DIR}/${executable}_suites.cmake")
    file(GENERATE OUTPUT "${suites}" CONTENT
"set(program \"$<TARGET_FILE:${executable}>\")
set(name ${executable})
set(label ${TESTS_LABEL})
set(apart ${TESTS_APART})
include(\"${PROJECT_SOURCE_DIR}/cmake/list_suites.cmake\")
")
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${suites}")
    return()
  endif()
  include(GoogleTest)
  gtest_discover_tests(${executable}
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    TEST_PREFIX "${executable}."
    PROPERTIES LABELS "${TESTS_LABEL}" TIMEOUT 300)
endfunction()

# rushline_bench(<executable> SOURCES <file>... DEPENDS <room>...)
function(rushline_bench executable)
  cmake_parse_arguments(BENCH "" "" "SOURCES;DEPENDS" ${ARGN})
  find_package(benchmark REQUIRED)
  list(TRANSFORM BENCH_DEPENDS PREPEND rushline_)
  add_executable(${executable} EXCLUDE_FROM_ALL ${BENCH_SOURCES})
  target_include_directories(${executable} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${executable} PRIVATE
    rushline_options rushline_warnings ${BENCH_DEPENDS} benchmark::benchmark_main)
endfunction()
