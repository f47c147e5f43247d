#!/bin/sh
# The report as a page: written by the ending of the file's name, the same every
# time, and drawn by a browser where there is one.
# SPDX-License-Identifier: Apache-2.0
: "${OUT:=build/out/release}"
cairn=$OUT/cairn
embedded=build/out/guest/caliptra/embedded
passed=0 failed=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

expect() {
    title=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $title"
        tail -n 20 "$work/log"
    fi
}

whole() {
    "$cairn" run trust --quiet --report "$work/trust.html" &&
        "$cairn" run trust --quiet --report "$work/again.html" &&
        cmp "$work/trust.html" "$work/again.html" &&
        grep '<b>Reached: ' "$work/trust.html" &&
        grep '<b>Application cores released</b>' "$work/trust.html" &&
        test "$(grep -c 'class="stage"' "$work/trust.html")" -eq 8
}

# A byte in the middle of the bundle, which some signature covers.
spoiled() {
    cp $embedded/firmware.bundle "$work/bundle" &&
        printf '\125' | dd of="$work/bundle" bs=1 seek=20000 conv=notrunc &&
        ! cmp $embedded/firmware.bundle "$work/bundle" &&
        ! "$cairn" run --firmware "$work/bundle" --quiet \
            --report "$work/spoiled.html" &&
        grep '<b>Failed: ' "$work/spoiled.html" &&
        grep 'class="stage broken"' "$work/spoiled.html"
}

# NAME: draws NAME.html into NAME.png.
draw() {
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu \
        --user-data-dir="$work/browser" --hide-scrollbars \
        --window-size=1150,1600 --screenshot="$work/$1.png" \
        "file://$work/$1.html" && test -s "$work/$1.png"
}

# A page without anything is next to nothing as a PNG of the same size.
drawn() {
    printf '<!DOCTYPE html><title>x</title>' >"$work/blank.html"
    draw blank && draw "$1" &&
        test "$(wc -c <"$work/$1.png")" -gt \
            $(($(wc -c <"$work/blank.png") * 8))
}

expect 'a whole chain is a page, the same every time' whole
expect 'what was refused is on the page' spoiled
browser=$(command -v chromium || command -v chromium-browser)
if [ -z "$browser" ]; then
    echo 'skipped: drawing the page: chromium is not installed'
    echo "$passed passed, $failed failed, 1 skipped"
    test "$failed" -eq 0
    exit
fi
expect 'a browser draws the page of a whole chain' drawn trust
expect 'and that of a refused one' drawn spoiled

echo "$passed passed, $failed failed"
test "$failed" -eq 0
