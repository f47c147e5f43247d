#!/bin/sh
# Installs Cairn into an empty folder, builds the example from there alone and
# boots with it: install-test.sh [ROM BUNDLE]
# minutes: 1
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
rom=$(realpath "${1:-build/out/guest/caliptra/rom.bin}")
bundle=$(realpath "${2:-build/out/guest/caliptra/embedded/firmware.bundle}")

boots() {
    LD_LIBRARY_PATH=$prefix/lib "$work/examples/$1" "$rom" "$bundle" >"$work/$1.out" &&
        grep -q "$2" "$work/$1.out"
}

root=$work/root
prefix=$root/usr
expect 'make install' make --no-print-directory install PREFIX=/usr DESTDIR="$root"
for file in bin/cairn lib/libcairn.a lib/libcairn.so include/cairn/cairn.h \
    lib/pkgconfig/cairn.pc share/man/man1/cairn.1 \
    share/man/man1/cairn-run.1 share/man/man5/cairn-agent.5 \
    share/man/man5/cairn-board.5 share/bash-completion/completions/cairn \
    share/cairn/boards/caliptra-1.1.dts; do
    expect "$file is installed" test -s "$prefix/$file"
done

# Nothing of the source tree is in reach of the example. A library with the
# sanitizers or counters of its build needs them again.
case $BUILD in
debug) flags='-fsanitize=address,undefined' ;;
coverage) flags=--coverage ;;
*) flags='-O2 -Wall -Wextra' ;;
esac
mkdir "$work/examples" && cp -r examples/Makefile examples/*.c examples/python examples/systemc "$work/examples"
PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export PKG_CONFIG_PATH
expect 'pkg-config finds the library where it was moved to' \
    sh -c "pkg-config --libs cairn | grep -qF -- '-L$prefix/lib/pkgconfig/../../lib'"
expect 'the example builds' make --no-print-directory -C "$work/examples" CFLAGS="$flags"
# Another CFLAGS would hide what its own say.
warns_of_nothing() {
    (unset CFLAGS && cd "$work/examples" && touch caliptra_boot.c &&
        make --no-print-directory -n >commands &&
        sed 's/-o caliptra_boot$/-fsyntax-only -Werror/' commands | sh)
}
expect 'the example compiles without warnings by its own flags' warns_of_nothing
expect 'the example boots two machines, which agree' boots caliptra_boot 'both machines agree'
expect 'an emulator of an SoC boots it' boots machine "ms: version 'Caliptra RTM'"
expect 'it is the same when it was migrated, and after a reset' \
    test "$(grep -c "version 'Caliptra RTM'" "$work/machine.out")" -eq 3
# The same with the static library.
links_statically() {
    (cd "$work/examples" && ${CC:-gcc} $flags $(pkg-config --cflags cairn) caliptra_boot.c \
        "$prefix/lib/libcairn.a" $(pkg-config --static --libs-only-l cairn | sed 's/-lcairn//') \
        -o static_boot && ! ldd static_boot | grep libcairn)
}
expect 'the example builds with the static library' links_statically
expect 'and boots' boots static_boot 'both machines agree'

python_boots() {
    CAIRN_LIBRARY=$prefix/lib/libcairn.so PYTHONDONTWRITEBYTECODE=1 \
        python3 "$work/examples/python/boot.py" "$rom" "$bundle" >"$work/python.out" &&
        grep -q 'version: Caliptra RTM' "$work/python.out" &&
        grep -q 'an unknown command is refused' "$work/python.out"
}
# Programs without the sanitizers cannot load a library with them.
if [ "$BUILD" = debug ]; then
    skip 'the Python example: the library has sanitizers'
elif python3 -c 'import asyncio, ctypes' 2>/dev/null; then
    expect 'the Python example boots and sends commands' python_boots
else
    skip 'the Python example: there is no python3'
fi
if pkg-config --exists systemc 2>/dev/null; then
    expect 'the SystemC example builds' make --no-print-directory -C "$work/examples" CXXFLAGS="$flags" systemc_boot
    expect 'and boots to ready-for-runtime' boots systemc_boot '^done after'
else
    skip 'the SystemC example: there is no package libsystemc-dev'
fi
expect 'the installed program has the version of the Makefile' \
    sh -c "'$prefix/bin/cairn' --version | grep -qF \"\$(sed -n 's/^VERSION := //p' Makefile)\""
expect 'the installed program runs away from home' \
    sh -c "cd / && '$prefix/bin/cairn' board show caliptra-1.1"

finish
