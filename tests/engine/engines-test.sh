#!/bin/sh
# Guests run by the interpreter, the compiler, and the compiler that is disturbed
# have the same state at every so many instructions: engines-test.sh [--long].
#
# The short form runs our own guests; --long looks more often, and runs what
# tests/guests/guests.sh fetches too (GUESTS, CASES and JOBS are for that).
#
# EVERY=N    instructions from look to look there (default 1000000)
# minutes: 2
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
guests=build/out/guest
engines='interpreter compiler chaos'
every=20000

# NAME ARGUMENT...: the arguments of `cairn run`.
same() {
    name=$1
    shift
    expect "$name" by_all_engines "$@"
}

by_all_engines() {
    for engine in $engines; do
        "$cairn" run "$@" --engine "$engine" --hashes "$work/$engine" \
            --hash-every $every --quiet </dev/null || {
            echo "engine $engine"
            return 1
        }
    done
    for engine in $engines; do
        [ "$(wc -l <"$work/$engine")" -ge 1 ] &&
            cmp -s "$work/interpreter" "$work/$engine" || {
            echo "engine $engine: another state after $(
                diff "$work/interpreter" "$work/$engine" | sed -n '2s/^. //p'
            )"
            return 1
        }
    done
}

[ "$1" != --long ] || every=1000
for board in caliptra-1.0 caliptra-1.1; do
    same "$board" $board
done
same trust trust
# guest/bench's programs by number, of which some do little; 255 turns of each.
for number in 01 02 03 04 05 07 11 12 13 14 15 16 17 21 23 24 25 26 27 30 31 32 33 34 35; do
    cp $guests/bench/a64.bin "$work/image"
    printf "\\$number" | dd of="$work/image" bs=1 seek=64 conv=notrunc status=none
    printf '\377' | dd of="$work/image" bs=1 seek=72 conv=notrunc status=none
    same "virt, bench program 0$number" virt --kernel "$work/image"
done
if [ -d "$CAIRN_CALIPTRA_ROMS" ]; then
    for rom in "$CAIRN_CALIPTRA_ROMS"/caliptra-rom-1.[01].*.bin; do
        case $rom in
        *-1.0.*) board=caliptra-1.0 ;;
        *) board=caliptra-1.1 ;;
        esac
        same "$(basename "$rom")" $board --rom "$rom" --until fmc
    done
else
    skip 'the released ROMs, which CAIRN_CALIPTRA_ROMS names the folder of'
fi
if [ "$1" = --long ]; then
    ENGINES=$engines tests/guests/guests.sh "$cairn" | tee "$work/guests"
    count() {
        tail -n 1 "$work/guests" | grep -o "[0-9]* $1" | cut -d' ' -f1
    }
    more=$(count skipped)
    passed=$((passed + $(count passed)))
    failed=$((failed + $(count failed)))
    skipped=$((skipped + ${more:-0}))
fi

finish
