# parley_test(NAME name SOURCES file... LIBS target...
#             [LABELS pure|actors|process] [TIMEOUT seconds] [ARGS word...] [HOT])
#
# Makes a Boost.Test program in <build>/tests and registers it with ctest. One
# of the sources defines BOOST_TEST_MODULE. The label says in which ring of
# tests it stands:
#
#   pure     no actors, no sockets, at most a temporary directory (default)
#   actors   deterministic actors, virtual time, fake network
#   process  real programs over sockets; ctest runs these one at a time (tests/node)
#
# HOT ones compute for long, and are compiled like the product.
#
#   ctest --test-dir build -L pure        runs one ring
#   build/tests/<name> --list_content     shows what a program claims
#   build/tests/<name> -t '*/some_case'   runs one case

function(parley_test)
  cmake_parse_arguments(PARSE_ARGV 0 T "HOT" "NAME;TIMEOUT" "SOURCES;LIBS;LABELS;ARGS")
  if(T_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "parley_test(${T_NAME}): unknown words ${T_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT T_LABELS)
    set(T_LABELS pure)
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 60)
  endif()
  add_executable(${T_NAME} ${T_SOURCES})
  target_compile_definitions(${T_NAME} PRIVATE BOOST_TEST_DYN_LINK)
  # Tests name their lines themselves, and most of them wait more than they compute.
  target_compile_options(${T_NAME} PRIVATE $<$<CONFIG:RelWithDebInfo>:-g0>)
  if(NOT T_HOT)
    target_compile_options(${T_NAME} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
  endif()
  target_include_directories(${T_NAME} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${T_NAME} PRIVATE ${T_LIBS} Boost::unit_test_framework)
  set_target_properties(${T_NAME} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${T_NAME} COMMAND ${T_NAME} --color_output=no ${T_ARGS})
  set_tests_properties(${T_NAME} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT})
  if(PARLEY_SANITIZE) # Or bounds on a node's memory count what it has freed.
    set_tests_properties(${T_NAME} PROPERTIES ENVIRONMENT ASAN_OPTIONS=quarantine_size_mb=4)
  endif()
endfunction()
