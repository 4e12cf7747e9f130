#!/usr/bin/env bash
# Runs a program with the names of stores in a directory that goes away afterwards.
# Usage: run_in_scratch.sh PROGRAM SCHEME...
set -euo pipefail

program=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
names=()
for scheme in "$@"; do names+=("$scheme:$work/$scheme"); done
"$program" "${names[@]}"
