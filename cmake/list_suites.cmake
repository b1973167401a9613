# Read by ctest: makes one test of each suite of a GoogleTest program, so that the tests of a suite
# share the servers that they start.
#
#   program   its path
#   name      what the tests' names begin with
#   label     their label
#   apart     suites whose tests cannot follow each other in one process: a test for each of them
cmake_policy(SET CMP0057 NEW)  # IN_LIST

if(NOT EXISTS "${program}")
  add_test("${name}_NOT_BUILT" "${name}_NOT_BUILT")
  return()
endif()
execute_process(COMMAND "${program}" --gtest_list_tests
  OUTPUT_VARIABLE listed RESULT_VARIABLE status TIMEOUT 60)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${program} could not list its tests: ${status}")
endif()

# rushline_add_suite(<filter>)
macro(rushline_add_suite filter)
  string(REGEX REPLACE "\\.\\*$" "" _test "${name}.${filter}")
  add_test("${_test}" "${program}" "--gtest_filter=${filter}")
  set_tests_properties("${_test}" PROPERTIES
    LABELS "${label}" TIMEOUT 600 SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
endmacro()

string(REPLACE "\n" ";" lines "${listed}")
foreach(line IN LISTS lines)
  if(line MATCHES "^([A-Za-z0-9_/]+)\\.")
    set(suite "${CMAKE_MATCH_1}")
    if(NOT suite IN_LIST apart)
      rushline_add_suite("${suite}.*")
    endif()
  elseif(line MATCHES "^  ([A-Za-z0-9_/]+)" AND suite IN_LIST apart)
    rushline_add_suite("${suite}.${CMAKE_MATCH_1}")
  endif()
endforeach()
