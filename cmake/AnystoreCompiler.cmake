# Language level, warnings, sanitizers and the compiler cache, for our own targets only: everything
# hangs on the interface target `anystore_flags`, which is never installed.

set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

find_package(Threads REQUIRED)

add_library(anystore_flags INTERFACE)
target_compile_features(anystore_flags INTERFACE cxx_std_23)
target_link_libraries(anystore_flags INTERFACE Threads::Threads)
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(anystore_flags INTERFACE
    -Wall -Wextra -Wpedantic -Werror
    -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
    # libstdc++ 12 deprecates get_temporary_buffer and uses it in stable_sort; g++ says so where we
    # do.
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety;-Wno-deprecated-declarations>)
endif()

if(ANYSTORE_SANITIZE)
  # A finding must fail the test that met it, and its stack must be readable.
  add_compile_options(-fsanitize=${ANYSTORE_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ANYSTORE_SANITIZE})
endif()

if(ANYSTORE_BUILD_FUZZERS)
  # The fuzzer steers by the branches that the library takes, so all of it is instrumented.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Work trees of one clone share the cache: paths are hashed relative to the source tree.
if(ANYSTORE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(ANYSTORE_CCACHE_PROGRAM ccache)
  mark_as_advanced(ANYSTORE_CCACHE_PROGRAM)
  if(ANYSTORE_CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      ${ANYSTORE_CCACHE_PROGRAM})
  endif()
endif()
