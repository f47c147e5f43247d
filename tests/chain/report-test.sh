#!/bin/sh
# The report in the form that the ending of the file's name says, the same every
# time; page and picture drawn by a browser where there is one.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
embedded=build/out/guest/caliptra/embedded

# The same command has the same report, which has the command.
twice() {
    "$cairn" run trust --quiet --report "$work/trust.$1" &&
        mv "$work/trust.$1" "$work/first.$1" &&
        "$cairn" run trust --quiet --report "$work/trust.$1" &&
        cmp "$work/first.$1" "$work/trust.$1"
}

whole() {
    twice html &&
        grep '<b>Reached: ' "$work/trust.html" &&
        grep '<b>Application cores released</b>' "$work/trust.html" &&
        test "$(grep -c 'class="stage"' "$work/trust.html")" -eq 8
}

# Text, picture and JSON of the same run, the same every time.
forms() {
    for form in txt svg json; do
        twice "$form" || return 1
    done
    pcr=$(sed -n 's/^  PCR 31 \([0-9a-f]\{96\}\)$/\1/p' "$work/trust.txt")
    vendor=$(sed -n 's/^  vendor key hash  \([0-9a-f]*\)  .*$/\1/p' "$work/trust.txt")
    test ${#pcr} -eq 96 && test ${#vendor} -eq 96 || return 1
    for form in svg json html; do
        grep -q "$pcr" "$work/trust.$form" &&
            grep -q "$vendor" "$work/trust.$form" || return 1
    done
    grep -c '"stage":"Application cores released"' "$work/trust.json" &&
        grep '>Application cores released</text>' "$work/trust.svg" &&
        grep '^   8 .*Application cores released' "$work/trust.txt"
}

# Each --report is written; one whose form is not known stops the run before it
# begins.
several() {
    "$cairn" run trust --quiet --report "$work/one.txt" \
        --report "$work/two.json" --report "$work/plain" &&
        cmp "$work/one.txt" "$work/plain" && for name in two trust; do
            sed 's/"command":"[^"]*",//' "$work/$name.json" >"$work/$name.cut"
        done && cmp "$work/two.cut" "$work/trust.cut" || return 1
    "$cairn" run trust --report "$work/three.pdf" >"$work/out" 2>"$work/err"
    test $? -eq 2 && test ! -s "$work/out" &&
        grep 'ends in none of .txt, .json, .html or .svg' "$work/err"
}

# How the run was asked for, and what it began with, in each form; on the
# terminal, and without --report, nothing of it.
asked_for() {
    printf 'an input' >"$work/in put" &&
        digest=$(sha256sum <"$work/in put" | cut -d ' ' -f 1) &&
        version=$("$cairn" --version | sed -n 's/^cairn \([0-9.]*\).*/\1/p') &&
        test -n "$version" || return 1
    "$cairn" run --quiet --load "$work/in put@0x41000000" virt --kernel \
        build/out/guest/virt/profile.elf --append "$(printf 'it\047s\033[2J')" \
        --report "$work/asked.txt" \
        --report "$work/asked.svg" --report "$work/asked.json" \
        --report "$work/asked.html" >"$work/asked.out" || return 1
    for form in txt svg json html; do
        grep "$digest" "$work/asked.$form" >"$work/line" &&
            grep -q 'cairn run --quiet --load' "$work/asked.$form" &&
            grep -qF "$version" "$work/asked.$form" || return 1
    done
    grep "command  *cairn run .*'$work/in put@0x41000000' virt" "$work/asked.txt" &&
        grep -qF -- "--append \$'it\\'s\\033[2J'" "$work/asked.txt" &&
        ! grep "$digest\|command" "$work/asked.out"
}

# FILE: whether a report in JSON has the digest of the file.
has_digest() {
    grep -q "\"file\":\"$1\",\"sha256\":\"$(sha256sum <"$1" | cut -d ' ' -f 1)\"" \
        "$work/whole.json"
}

# Files of each kind, one longer than the pieces that are hashed; JSON on
# standard output has them too; what cannot be hashed says why.
digests() {
    guest=$work/guest
    mkdir "$guest" && cp build/out/guest/virt/semihosting.elf "$guest/kernel" &&
        echo 'one two' >"$guest/cmdline" && seq 1 9 >"$work/typed" &&
        head -c 3500001 /dev/zero >"$work/large" || return 1
    "$cairn" run virt --guest "$guest" --semihosting --input "$work/typed" \
        --load "$work/large@0x50000000" --record "$work/record" --json \
        --exit-status guest >"$work/out" 2>"$work/err"
    test $? -eq 7 && tail -n 1 "$work/out" >"$work/whole.json" &&
        has_digest "$guest/kernel" && has_digest "$guest/cmdline" &&
        has_digest "$work/typed" && has_digest "$work/large" &&
        grep -q '"command":"cairn run virt --guest' "$work/whole.json" || return 1
    "$cairn" run --replay "$work/record" --json --exit-status guest \
        >"$work/out" 2>"$work/err"
    test $? -eq 7 && tail -n 1 "$work/out" >"$work/whole.json" &&
        has_digest "$work/record" && has_digest "$guest/kernel" || return 1
    "$cairn" run virt --guest "$guest" --semihosting --input - --json \
        --exit-status guest <"$work/typed" >"$work/out" 2>"$work/err"
    test $? -eq 7 &&
        grep -q '"option":"input","file":"-","not_hashed":"no regular file"' "$work/out"
}

# The last lines of a console, also one that was shown, stand in each form; not
# on the terminal, a second time.
console_ends() {
    for form in txt svg json html; do
        set -- "$@" --report "$work/ends.$form"
    done
    "$cairn" run virt --kernel build/out/guest/virt/semihosting.elf \
        --semihosting --exit-status guest "$@" >"$work/out" 2>"$work/err"
    test $? -eq 7 && test "$(grep -c 'no room: -1' "$work/out")" -eq 1 || return 1
    for form in txt svg json html; do
        grep -q 'no room: -1' "$work/ends.$form" || return 1
    done
    grep -q '^  console semihosting ends with$' "$work/ends.txt" &&
        grep -q '<h2>The end of console semihosting</h2>' "$work/ends.html"
}

# The host's time is in no report unless it is asked for.
wall() {
    ! grep -i wall "$work/trust.txt" && ! grep wall_ns "$work/trust.json" &&
        "$cairn" run trust --quiet --wall-times --report "$work/wall.svg" \
            >"$work/wall.txt" &&
        grep 'took ms *wall ms' "$work/wall.txt" &&
        test "$(grep -c '>wall ' "$work/wall.svg")" -eq 8
}

# The vendor's keys that the fuses name, as trust.fuses and the bundle have them.
keys() {
    "$cairn" run --quiet >"$work/part.txt" &&
        "$cairn" inspect --fuses $embedded/firmware.bundle >"$work/fuses" &&
        for name in vendor owner; do
            grep "^$name.key.hash = $(sed -n \
                "s/^  $name key hash *\([0-9a-f]*\)  .*/\1/p" "$work/part.txt")$" "$work/fuses" ||
                return 1
        done
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

# FILE: draws it into FILE.png.
draw() {
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu \
        --user-data-dir="$work/browser" --hide-scrollbars \
        --window-size=1150,1600 --screenshot="$work/$1.png" \
        "file://$work/$1" && test -s "$work/$1.png"
}

# A page without anything is next to nothing as a PNG of the same size.
drawn() {
    printf '<!DOCTYPE html><title>x</title>' >"$work/blank.html"
    draw blank.html && draw "$1" &&
        test "$(wc -c <"$work/$1.png")" -gt \
            $(($(wc -c <"$work/blank.html.png") * 8))
}

expect 'a whole chain is a page, the same every time' whole
expect 'picture, text and JSON say the same' forms
expect 'there may be several reports, in forms that are known' several
expect 'the host'"'"'s time is for those who ask' wall
expect 'a report has the command and the digests of inputs' asked_for
expect 'files of each kind have one, in JSON on standard output too' digests
expect 'a report has the last lines of consoles' console_ends
expect 'keys are those of the fuses' keys
expect 'what was refused is on the page' spoiled
browser=$(command -v chromium || command -v chromium-browser)
if [ -z "$browser" ]; then
    skip 'drawing the page: chromium is not installed'
    finish
fi
expect 'a browser draws the page of a whole chain' drawn trust.html
expect 'and that of a refused one' drawn spoiled.html
expect 'and the picture' drawn trust.svg

finish
