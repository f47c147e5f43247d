#!/bin/sh
# The same command gives the same events and the same state, every time, from
# every build, in one go or by way of a snapshot.
# minutes: 3
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
case $OUT in
*/release) other=debug ;;
*) other=release ;;
esac

# run NAME PROGRAM ARGUMENT...: events and the end of the report into NAME.*
# The command differs between runs that must be the same, and what held the
# program is a matter of the host and the build.
run() {
    result=$work/$1
    shift
    "$@" --quiet --json --events "$result.events" >"$result.whole" &&
        sed 's/"sandbox":"[^"]*",//; s/"command":"[^"]*","inputs":\[[^]]*\],//' \
            "$result.whole" >"$result.report" &&
        test -s "$result.events" && grep -q '"state":"' "$result.report"
}

same() {
    cmp "$work/$1.events" "$work/$2.events" && cmp "$work/$1.report" "$work/$2.report"
}

ten_times() {
    run first "$@" || return 1
    for number in 2 3 4 5 6 7 8 9 10; do
        run again "$@" && same first again || return 1
    done
}

either_build() {
    run first "$cairn" "$@" && run again "build/out/$other/cairn" "$@" &&
        same first again
}

differs() {
    run first "$cairn" run --seed 1 && run again "$cairn" run --seed 2 &&
        ! cmp "$work/first.report" "$work/again.report"
}

# through STOP ARGUMENT...
through() {
    stop=$1
    shift
    run whole "$@" && run part "$@" --until "$stop" --save "$work/snapshot" &&
        run rest "$@" --restore "$work/snapshot" &&
        grep -o '"state":"[0-9a-f]*"' "$work/whole.report" >"$work/whole.hash" &&
        grep -o '"state":"[0-9a-f]*"' "$work/rest.report" >"$work/rest.hash" &&
        cmp "$work/whole.hash" "$work/rest.hash" &&
        cat "$work/part.events" "$work/rest.events" | cmp - "$work/whole.events"
}

# Hashes of bare-metal programs and of the start of Linux, if it was fetched.
same_hashes() {
    for build in release debug; do
        CAIRN_BOOT_MILLIONS=${CAIRN_BOOT_MILLIONS:-6} CAIRN_HASHES=$work/$build.hashes \
            "build/out/$build/tests/engine/determinism_test" the_same_ || return 1
    done
    test -s "$work/release.hashes" && cmp "$work/release.hashes" "$work/debug.hashes"
}

# Linux takes access flags out of its tables and does no maintenance, so a
# translation that is cached where a walk would find another shows.
linux() {
    "$cairn" run --quiet --json "$@" >"$work/linux.report" &&
        grep -o '"state":"[0-9a-f]*"' "$work/linux.report" >"$work/linux.hash"
}

# The instructions of the last run.
length() { sed -n 's/.*"instructions":\([0-9]*\).*/\1/p' "$work/linux.report"; }

# Linux on $cpus processors, to its prompt and from there: the run that the
# others are compared with.
typed_to_linux() {
    cat >"$work/typed" <<'END' &&
i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo 1 >/proc/self/clear_refs; x=$(echo $i); done; poweroff -f
END
        linux virt --guest linux --cpus $cpus --expect '# ' && prompt=$(length) &&
        linux virt --guest linux --cpus $cpus --expect '# ' --input "$work/typed" \
            --record "$work/record" && end=$(length) &&
        test "$prompt" -gt 0 && test "$end" -gt "$prompt" &&
        mv "$work/linux.hash" "$work/linux.want"
}

seen_linux() {
    linux virt --guest linux --cpus $cpus --expect '# ' --input "$work/typed" "$@" &&
        cmp "$work/linux.want" "$work/linux.hash"
}

replayed_linux() {
    linux virt --guest linux --cpus $cpus --replay "$work/record" "$@" &&
        cmp "$work/linux.want" "$work/linux.hash"
}

# From so many hundredths of the way from the prompt to the end. The end of the
# first run is that of its limit, which is a failure.
restored_linux() {
    rm -f "$work/snapshot"
    ! linux virt --guest linux --cpus $cpus --expect '# ' --input "$work/typed" \
        --max-instructions $((prompt + (end - prompt) / 100 * $1)) \
        --save "$work/snapshot" &&
        linux --restore "$work/snapshot" --max-instructions $((2 * end)) &&
        cmp "$work/linux.want" "$work/linux.hash"
}

expect "the $other build is at hand" \
    make --no-print-directory BUILD=$other "build/out/$other/cairn" \
    "build/out/$other/tests/engine/determinism_test"
expect "the $other build runs guests to the same hashes" same_hashes
for board in caliptra-1.0 caliptra-1.1; do
    expect "$board: ten times the same" ten_times "$cairn" run "$board"
    expect "$board: the same from both builds" either_build run "$board"
    for stop in firmware-ready fmc; do
        expect "$board: saved at $stop, restored, and on to the same end" \
            through $stop "$cairn" run "$board"
    done
done
expect 'another seed is another run' differs

if [ -e build/out/guests/linux/kernel ]; then
    for cpus in 1 4; do
        name="Linux on $cpus processors, "
        expect "${name}that clears access flags, ends" typed_to_linux
        for engine in interpreter chaos; do
            [ $cpus = 4 ] || expect "${name}with --engine $engine in the same state" \
                seen_linux --engine $engine
        done
        expect "${name}with --profile in the same state" \
            seen_linux --profile "$work/linux.folded"
        expect "${name}with --hash-every in the same state" \
            seen_linux --hashes "$work/linux.hashes" --hash-every 1000003
        expect "${name}replayed with --profile in the same state" \
            replayed_linux --profile "$work/linux.folded"
        for place in 5 20 40 60; do
            expect "${name}restored at $place per cent in the same state" \
                restored_linux $place
        done
    done
else
    skip "Linux, which 'make guest-linux' fetches"
fi

if [ -d "$CAIRN_CALIPTRA_ROMS" ]; then
    for rom in "$CAIRN_CALIPTRA_ROMS"/caliptra-rom-*1.0.[13]-*.bin \
        "$CAIRN_CALIPTRA_ROMS"/caliptra-rom-*1.1.1-*.bin; do
        [ -e "$rom" ] || continue
        case $rom in
        *1.0.*) board=caliptra-1.0 ;;
        *) board=caliptra-1.1 ;;
        esac
        name=$(basename "$rom")
        expect "$name: ten times the same" \
            ten_times "$cairn" run "$board" --rom "$rom" --until fmc
        expect "$name: the same from both builds" \
            either_build run "$board" --rom "$rom" --until fmc
        expect "$name: saved at firmware-ready, restored, and on to the same end" \
            through firmware-ready "$cairn" run "$board" --rom "$rom"
    done
else
    skip 'the released ROMs, which CAIRN_CALIPTRA_ROMS names the folder of'
fi

finish
