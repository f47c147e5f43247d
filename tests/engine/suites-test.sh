#!/bin/sh
# Test suites that others wrote, on the board virt: kvm-unit-tests, TF-A's test
# framework and OP-TEE's start, which the user has built and CAIRN_SUITES names
# the folder of. tests/engine/suites.txt lists them with their verdicts.
# needs: $CAIRN_SUITES (docs/suites.md)
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
limit_s=120

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
        skip "$name: CAIRN_SUITES has no $file"
    fi
done <"$(dirname "$0")/suites.txt"

finish
