# The functions that the CMakeLists.txt of the folders call. Each folder lists its own files, one a
# line in alphabetical order, so that two changes to two folders never touch one file.
#
#   anystore_part(NAME SOURCES … [LINK …])            a piece of libanystore
#   anystore_test(NAME SOURCES … [LINK …] [CONCURRENT] [SHARDS n] [LABELS …])
#   anystore_bench(NAME SOURCES … [LINK …] [SMOKE])   build/<preset>/bench/NAME
#   anystore_fuzzer(NAME SOURCES … [LINK …] [CORPUS folder])
#
# A call with an empty SOURCES list makes no target, so a folder may exist before its first file.

# Where headers are found: public ones as "anystore/…", private ones relative to src/; tests see
# tests/ and benches bench/ in the same way.
function(_anystore_use_tree target)
  target_include_directories(${target} PRIVATE
    "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
  target_compile_definitions(${target} PRIVATE
    ANYSTORE_HAS_LEVELDB=$<BOOL:${ANYSTORE_LEVELDB}>
    ANYSTORE_HAS_ROCKSDB=$<BOOL:${ANYSTORE_ROCKSDB}>)
endfunction()

# Adds an object library whose objects become part of libanystore. LINK names what the part's
# sources need beyond the tree; libanystore then links it privately.
function(anystore_part name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  if(NOT arg_SOURCES)
    return()
  endif()
  set(target anystore_part_${name})
  add_library(${target} OBJECT ${arg_SOURCES})
  _anystore_use_tree(${target})
  target_link_libraries(${target} PRIVATE anystore_flags ${arg_LINK})
  set_property(GLOBAL APPEND PROPERTY ANYSTORE_PARTS ${target})
  set_property(GLOBAL APPEND PROPERTY ANYSTORE_PART_LINKS ${arg_LINK})
endfunction()

# Adds a GoogleTest program and one ctest of the same name. One ctest a program, not one a test
# case: thousands of process starts would cost more than the tests. SHARDS splits a long program
# into n ctests that may run beside each other. CONCURRENT marks a program worth running under the
# thread sanitizer, whose build contains no others.
function(anystore_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "CONCURRENT" "SHARDS" "SOURCES;LINK;LABELS")
  if(NOT arg_SOURCES OR (ANYSTORE_CONCURRENT_TESTS_ONLY AND NOT arg_CONCURRENT))
    return()
  endif()
  add_executable(${name} ${arg_SOURCES})
  _anystore_use_tree(${name})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE
    anystore_flags anystore_internal ${arg_LINK} GTest::gmock GTest::gtest_main)
  if(arg_CONCURRENT)
    list(APPEND arg_LABELS concurrent)
  endif()
  if(NOT arg_SHARDS)
    anystore_ctest(${name} LABELS ${arg_LABELS} COMMAND ${name} --gtest_brief=1)
    return()
  endif()
  math(EXPR last "${arg_SHARDS} - 1")
  foreach(shard RANGE ${last})
    anystore_ctest(${name}.${shard} LABELS ${arg_LABELS} COMMAND ${name} --gtest_brief=1
      ENVIRONMENT GTEST_TOTAL_SHARDS=${arg_SHARDS} GTEST_SHARD_INDEX=${shard})
  endforeach()
endfunction()

# Adds a ctest that runs COMMAND with the sanitizers' settings.
function(anystore_ctest name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "COMMAND;LABELS;ENVIRONMENT")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  add_test(NAME ${name} COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
  list(APPEND arg_ENVIRONMENT
    # The usual stacks of 30 frames and 256 MiB of what was freed take a tenth of the time of tests
    # that allocate millions of times, and most of their memory.
    "ASAN_OPTIONS=malloc_context_size=6:quarantine_size_mb=16"
    "UBSAN_OPTIONS=print_stacktrace=1"
    "TSAN_OPTIONS=halt_on_error=1:suppressions=${PROJECT_SOURCE_DIR}/cmake/tsan.supp")
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "${arg_ENVIRONMENT}")
endfunction()

# Adds a benchmark. SMOKE also registers a ctest that runs it with --quick: a few rounds, counters
# checked, times ignored.
function(anystore_bench name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SMOKE" "" "SOURCES;LINK")
  if(NOT arg_SOURCES)
    return()
  endif()
  add_executable(bench_${name} ${arg_SOURCES})
  set_target_properties(bench_${name} PROPERTIES
    OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
  _anystore_use_tree(bench_${name})
  target_include_directories(bench_${name} PRIVATE "${PROJECT_SOURCE_DIR}/bench")
  target_link_libraries(bench_${name} PRIVATE anystore_flags anystore_internal ${arg_LINK})
  if(TARGET anystore_bench_harness)
    target_link_libraries(bench_${name} PRIVATE anystore_bench_harness)
  endif()
  if(arg_SMOKE)
    anystore_ctest(bench_smoke_${name} LABELS bench COMMAND bench_${name} --quick)
  endif()
endfunction()

# Adds fuzz target NAME from sources that define LLVMFuzzerTestOneInput. With
# ANYSTORE_BUILD_FUZZERS it is a libFuzzer program build/<preset>/fuzz/NAME; otherwise it becomes
# the ctest fuzz_NAME, which replays every file of CORPUS (default: corpus/NAME), so that what a
# fuzzer once found stays found.
function(anystore_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "CORPUS" "SOURCES;LINK")
  if(NOT arg_SOURCES OR ANYSTORE_CONCURRENT_TESTS_ONLY)
    return()
  endif()
  if(NOT arg_CORPUS)
    set(arg_CORPUS "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}")
  endif()
  add_executable(fuzz_${name} ${arg_SOURCES})
  set_target_properties(fuzz_${name} PROPERTIES
    OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
  _anystore_use_tree(fuzz_${name})
  target_link_libraries(fuzz_${name} PRIVATE anystore_flags anystore_internal ${arg_LINK})
  if(ANYSTORE_BUILD_FUZZERS)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE "${PROJECT_SOURCE_DIR}/fuzz/replay_main.cc")
    anystore_ctest(fuzz_${name} LABELS fuzz COMMAND fuzz_${name} "${arg_CORPUS}")
  endif()
endfunction()
