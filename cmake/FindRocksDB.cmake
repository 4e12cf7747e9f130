# Finds RocksDB under ROCKSDB_ROOT when that is set, else the system's, and defines
#   RocksDB::rocksdb              the library
#   RocksDB_HAS_ASSERTIONS        whether it was built with assertions: such a build must never be
#                                 quoted as RocksDB's speed
#   RocksDB_HAS_RTTI              whether it was built with type information: its release builds are
#                                 not, and then classes of ours that derive from its must not be
# RocksDB's own package config is passed over: it demands the development packages of every
# compression library, which a shared librocksdb does not need from us.

set(_rocksdb_search)
if(ROCKSDB_ROOT)
  set(_rocksdb_search PATHS "${ROCKSDB_ROOT}" NO_DEFAULT_PATH)
endif()
# Not cached, so that a changed ROCKSDB_ROOT takes effect at the next configure.
find_path(RocksDB_INCLUDE_DIR rocksdb/db.h PATH_SUFFIXES include ${_rocksdb_search} NO_CACHE)
find_library(RocksDB_LIBRARY rocksdb PATH_SUFFIXES lib lib64 ${_rocksdb_search} NO_CACHE)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(RocksDB REQUIRED_VARS RocksDB_LIBRARY RocksDB_INCLUDE_DIR)

if(RocksDB_FOUND)
  file(STRINGS "${RocksDB_LIBRARY}" _rocksdb_assertions REGEX "__assert_fail" LIMIT_COUNT 1)
  set(RocksDB_HAS_ASSERTIONS OFF)
  if(_rocksdb_assertions)
    set(RocksDB_HAS_ASSERTIONS ON)
  endif()
  file(STRINGS "${RocksDB_LIBRARY}" _rocksdb_rtti REGEX "_ZTIN7rocksdb" LIMIT_COUNT 1)
  set(RocksDB_HAS_RTTI OFF)
  if(_rocksdb_rtti)
    set(RocksDB_HAS_RTTI ON)
  endif()
endif()

if(RocksDB_FOUND AND NOT TARGET RocksDB::rocksdb)
  add_library(RocksDB::rocksdb UNKNOWN IMPORTED)
  set_target_properties(RocksDB::rocksdb PROPERTIES
    IMPORTED_LOCATION "${RocksDB_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${RocksDB_INCLUDE_DIR}")
  if(RocksDB_LIBRARY MATCHES "\\.a$")
    # A static RocksDB names its compression libraries nowhere: offer those that exist.
    foreach(_rocksdb_name snappy z bz2 lz4 zstd gflags)
      find_library(_rocksdb_codec ${_rocksdb_name} NO_CACHE)
      if(_rocksdb_codec)
        set_property(TARGET RocksDB::rocksdb APPEND PROPERTY INTERFACE_LINK_LIBRARIES
          "${_rocksdb_codec}")
      endif()
      unset(_rocksdb_codec)
    endforeach()
    find_package(Threads REQUIRED)
    set_property(TARGET RocksDB::rocksdb APPEND PROPERTY INTERFACE_LINK_LIBRARIES
      Threads::Threads ${CMAKE_DL_LIBS})
  endif()
endif()
unset(_rocksdb_search)
unset(_rocksdb_assertions)
unset(_rocksdb_rtti)
