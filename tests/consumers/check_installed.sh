#!/usr/bin/env bash
# Installs a build into an empty prefix and builds project/ against it, twice: with find_package and
# with pkg-config; a program in C++ and one in C. All must run and say hello.
# Usage: check_installed.sh CMAKE BUILD_DIR COMPILER C_COMPILER
set -euo pipefail

cmake=$1 build=$2 compiler=$3 c_compiler=$4
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/project" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

check() {
    local said
    said=$("$1")
    [[ $said == hello ]] || {
        echo "$1 said '$said'" >&2
        exit 1
    }
}

"$cmake" --install "$build" --prefix "$work/staged" >"$work/install.log"
# What is installed may be moved.
mv "$work/staged" "$prefix"

"$cmake" -S "$project" -B "$work/build" -G Ninja \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_C_COMPILER="$c_compiler" >"$work/configure.log"
"$cmake" --build "$work/build"
check "$work/build/consumer"
check "$work/build/c_consumer"

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name anystore.pc)")
libraries=$(dirname "$PKG_CONFIG_PATH")
export PKG_CONFIG_PATH
pkg-config --print-errors --exists 'anystore >= 0.1' anystore-conformance
# shellcheck disable=SC2046 # the flags are words
"$compiler" -std=c++23 "$project/main.cc" -o "$work/consumer" \
    $(pkg-config --cflags --libs anystore-conformance anystore)
LD_LIBRARY_PATH=$libraries check "$work/consumer"

# shellcheck disable=SC2046
"$c_compiler" -std=c99 -Wall -Wextra -Wpedantic -Werror "$project/main.c" -o "$work/c_consumer" \
    $(pkg-config --cflags --libs anystore)
LD_LIBRARY_PATH=$libraries check "$work/c_consumer"
