# SPDX-License-Identifier: Apache-2.0
# sandgate_layer(NAME LIBRARY... [EXCEPT FILE...]): the folder's *.cc as library sandgate_NAME, its *_test.cc as
# the test program NAME_test, registered with ctest, where BUILD_TESTING is on. LIBRARY... is what it links, ours
# and others'; FILE... belong to targets of their own.
function(sandgate_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "EXCEPT")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|_main|/main)\\.cc$")
  list(TRANSFORM layer_EXCEPT PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(REMOVE_ITEM sources ${layer_EXCEPT})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  add_library(sandgate_${name} STATIC ${sources})
  target_include_directories(sandgate_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(sandgate_${name} PUBLIC ${layer_UNPARSED_ARGUMENTS})
  if(tests AND BUILD_TESTING)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE sandgate_${name} GTest::gmock GTest::gtest_main)
    # The headers that all tests include are parsed once.
    if(name STREQUAL base)
      target_precompile_headers(base_test PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
    else()
      target_precompile_headers(${name}_test REUSE_FROM base_test)
    endif()
    # Not what is tested, but a fifth of what is compiled.
    target_compile_options(${name}_test PRIVATE $<$<CONFIG:Release>:-O0 -U_FORTIFY_SOURCE>)
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}/ DISCOVERY_TIMEOUT 30)
  endif()
endfunction()
