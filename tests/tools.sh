#!/bin/sh
# What is needed beside Python packages, as Debian packages: the list is here and nowhere else.
#
#   sh tests/tools.sh python    for a virtual environment; install what is missing, or fail
#   sh tests/tools.sh install   for the whole suite; install what is missing, or go on without (with CI=true: fail)
#   sh tests/tools.sh remind    say what is missing
#
# It installs as root where there is apt-get. Elsewhere it says the one command that does.

PYTHON=${PYTHON:-python3}

has() { command -v "$1" >/dev/null 2>&1; }
has_header() { echo "#include <$2>" | "$1" -E -x "$3" - >/dev/null 2>&1; }
has_python_header() { [ -f "$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ]; }
has_picolibc() { [ -f "$(arm-none-eabi-gcc -print-file-name=picolibc.specs)" ]; }

# Each line: how to see that something is there, and the package that brings it.
missing_for_python() {
    has "$PYTHON" || echo python3
    "$PYTHON" -c 'import ensurepip, venv' || echo python3-venv
}
missing_for_tests() {
    missing_for_python
    has gcc || echo gcc
    has_header gcc stdlib.h c || echo libc6-dev
    has_python_header || echo python3-dev
    has arm-none-eabi-gcc || echo gcc-arm-none-eabi
    has_header arm-none-eabi-gcc stdio.h c || echo libnewlib-arm-none-eabi
    has_header arm-none-eabi-gcc vector c++ || echo libstdc++-arm-none-eabi-newlib
    [ -d /usr/src/newlib ] || echo newlib-source
    has_picolibc || echo picolibc-arm-none-eabi
    has qemu-system-arm || echo qemu-system-arm
    has gdb-multiarch || echo gdb-multiarch
    has genhtml || echo lcov
    has babeltrace2 || echo babeltrace2
    has chromium || echo chromium
    has node || echo nodejs
    has npm || echo npm
    has zsh || echo zsh
    has fish || echo fish
}
case $1 in python) list=missing_for_python ;; *) list=missing_for_tests ;; esac
missing() { $list 2>/dev/null | paste -s -d ' '; }

needed=$(missing)
if [ -n "$needed" ] && [ "$1" != remind ] && [ "$(id -u)" = 0 ] && has apt-get; then
    echo "Missing, so apt-get installs it now: $needed"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # one word a package
    apt-get update -q && apt-get install -q -y --no-install-recommends $needed
    needed=$(missing)
fi
[ -n "$needed" ] || exit 0

if has apt-get; then
    echo "Missing: $needed. This installs it: $([ "$(id -u)" = 0 ] || echo 'sudo ')apt-get install $needed"
else
    echo "Missing, by the names of Debian's packages: $needed"
fi
case $1 in
    python) exit 1 ;;
    install) [ "${CI:-}" != true ] && [ -z "$(missing_for_python 2>/dev/null)" ] ;;
esac
