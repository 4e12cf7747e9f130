# Finds LevelDB under LEVELDB_ROOT when that is set, else the system's, and defines
#   LevelDB::leveldb              the library
#   LevelDB_HAS_RTTI              whether it was built with type information: its own builds are
#                                 not, and then classes of ours that derive from its must not be
# LevelDB's own package config is passed over: a shared library's needs nothing that it says, and
# Debian's names a static one besides.

set(_leveldb_search)
if(LEVELDB_ROOT)
  set(_leveldb_search PATHS "${LEVELDB_ROOT}" NO_DEFAULT_PATH)
endif()
# Not cached, so that a changed LEVELDB_ROOT takes effect at the next configure.
find_path(LevelDB_INCLUDE_DIR leveldb/db.h PATH_SUFFIXES include ${_leveldb_search} NO_CACHE)
find_library(LevelDB_LIBRARY leveldb PATH_SUFFIXES lib lib64 ${_leveldb_search} NO_CACHE)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LevelDB REQUIRED_VARS LevelDB_LIBRARY LevelDB_INCLUDE_DIR)

if(LevelDB_FOUND)
  file(STRINGS "${LevelDB_LIBRARY}" _leveldb_rtti REGEX "_ZTIN7leveldb" LIMIT_COUNT 1)
  set(LevelDB_HAS_RTTI OFF)
  if(_leveldb_rtti)
    set(LevelDB_HAS_RTTI ON)
  endif()
endif()

if(LevelDB_FOUND AND NOT TARGET LevelDB::leveldb)
  add_library(LevelDB::leveldb UNKNOWN IMPORTED)
  set_target_properties(LevelDB::leveldb PROPERTIES
    IMPORTED_LOCATION "${LevelDB_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LevelDB_INCLUDE_DIR}")
  if(LevelDB_LIBRARY MATCHES "\\.a$")
    # A static LevelDB names what it compresses with nowhere.
    find_library(_leveldb_snappy snappy NO_CACHE)
    if(_leveldb_snappy)
      set_property(TARGET LevelDB::leveldb APPEND PROPERTY INTERFACE_LINK_LIBRARIES
        "${_leveldb_snappy}")
    endif()
    unset(_leveldb_snappy)
    find_package(Threads REQUIRED)
    set_property(TARGET LevelDB::leveldb APPEND PROPERTY INTERFACE_LINK_LIBRARIES Threads::Threads)
  endif()
endif()
unset(_leveldb_search)
unset(_leveldb_rtti)
