#!/bin/sh
# Test suites that others wrote, on the board virt: kvm-unit-tests, TF-A's test
# framework and OP-TEE's start, which the user has built and CAIRN_SUITES names
# the folder of. tests/engine/suites.txt lists them with their verdicts.
# SPDX-License-Identifier: Apache-2.0
unset MAKEFLAGS MAKELEVEL MFLAGS
cairn=${OUT:-build/out/release}/cairn
limit_s=120
. "$(dirname "$0")/../expect.sh"

if [ ! -d "$CAIRN_SUITES" ]; then
    echo 'skipped: test suites of others, which CAIRN_SUITES names the folder of'
    echo '0 passed, 0 failed, 1 skipped'
    exit 0
fi

# Until the guest prints its verdict; the time is bounded, not measured.
run() {
    case $file in
    *.bios) set -- --bios "$CAIRN_SUITES/$file" ;;
    *) set -- --kernel "$CAIRN_SUITES/$file" ;;
    esac
    [ -z "$append" ] || set -- "$@" --append "$append"
    [ -z "$device" ] || set -- "$@" --with "devices/qemu/$device.dtso"
    [ "$levels" != all ] || set -- "$@" --security --virtualization
    timeout $limit_s "$cairn" run virt --cpu neoverse-n1 --cpus "$cpus" \
        --memory "$memory" --gic "$gic" --expect "$verdict" "$@" </dev/null
}

while IFS='|' read -r name file append cpus memory gic levels device verdict; do
    case $name in
    '#'*) continue ;;
    esac
    if [ -f "$CAIRN_SUITES/$file" ]; then
        expect "$name" run
    else
        skipped=$((skipped + 1))
        echo "skipped: $name: CAIRN_SUITES has no $file"
    fi
done <"$(dirname "$0")/suites.txt"

if [ $skipped -ne 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ $failed -eq 0 ]
