# `cmake --install`: headers, libraries, a CMake package and pkg-config files.
