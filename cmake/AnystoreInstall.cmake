# `cmake --install`: headers, libraries, the program, a CMake package (anystore::anystore,
# anystore::conformance) and pkg-config files (anystore, anystore-conformance).
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/anystore")
set(generated_dir "${PROJECT_BINARY_DIR}/package")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" "${PROJECT_SOURCE_DIR}/conformance/include/"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(TARGETS anystore anystore_conformance EXPORT anystore_targets)
if(TARGET anystore_cli)
  install(TARGETS anystore_cli)
endif()

# A static library passes what it needs on to whoever links it.
set(ANYSTORE_NEEDS_DIGESTS OFF)
set(ANYSTORE_NEEDS_LEVELDB OFF)
set(ANYSTORE_NEEDS_ROCKSDB OFF)
set(ANYSTORE_NEEDS_SNAPPY ON)
if(BUILD_SHARED_LIBS)
  set(ANYSTORE_NEEDS_SNAPPY OFF)
endif()
if(ANYSTORE_DIGESTS AND NOT BUILD_SHARED_LIBS)
  set(ANYSTORE_NEEDS_DIGESTS ON)
endif()
if(ANYSTORE_LEVELDB AND NOT BUILD_SHARED_LIBS)
  set(ANYSTORE_NEEDS_LEVELDB ON)
endif()
if(ANYSTORE_ROCKSDB AND NOT BUILD_SHARED_LIBS)
  set(ANYSTORE_NEEDS_ROCKSDB ON)
endif()

install(EXPORT anystore_targets
  NAMESPACE anystore:: FILE anystoreTargets.cmake DESTINATION "${package_dir}")
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/anystoreConfig.cmake.in" "${generated_dir}/anystoreConfig.cmake"
  INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a minor version may break its users.
write_basic_package_version_file("${generated_dir}/anystoreConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${generated_dir}/anystoreConfig.cmake"
  "${generated_dir}/anystoreConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindLevelDB.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindRocksDB.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindSodium.cmake"
  DESTINATION "${package_dir}")

# Relative, so that the installed tree may be moved.
file(RELATIVE_PATH ANYSTORE_PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
set(ANYSTORE_PC_LIBS "-pthread")
if(NOT BUILD_SHARED_LIBS)
  # A compiler of C does not bring them.
  string(APPEND ANYSTORE_PC_LIBS " -lstdc++ -lm")
endif()
if(ANYSTORE_NEEDS_SNAPPY)
  string(PREPEND ANYSTORE_PC_LIBS "-lsnappy ")
endif()
if(ANYSTORE_NEEDS_DIGESTS)
  string(PREPEND ANYSTORE_PC_LIBS "-lsodium -lcrypto ")
endif()
if(ANYSTORE_NEEDS_LEVELDB)
  string(PREPEND ANYSTORE_PC_LIBS "-lleveldb ")
  if(LEVELDB_ROOT)
    get_filename_component(leveldb_dir "${LevelDB_LIBRARY}" DIRECTORY)
    string(PREPEND ANYSTORE_PC_LIBS "-L${leveldb_dir} ")
  endif()
endif()
if(ANYSTORE_NEEDS_ROCKSDB)
  string(PREPEND ANYSTORE_PC_LIBS "-lrocksdb ")
  if(ROCKSDB_ROOT)
    get_filename_component(rocksdb_dir "${RocksDB_LIBRARY}" DIRECTORY)
    string(PREPEND ANYSTORE_PC_LIBS "-L${rocksdb_dir} ")
  endif()
endif()
foreach(name anystore anystore-conformance)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${generated_dir}/${name}.pc" @ONLY)
  install(FILES "${generated_dir}/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
