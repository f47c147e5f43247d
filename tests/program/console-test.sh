#!/bin/sh
# What comes to a guest from outside by options: files typed, buttons pressed.
# Keys at a terminal are tests/program/terminal_test.c.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
guest=build/out/guest/virt/console.elf

# ARGUMENT...: what the guest prints, line by line, and the report.
run() {
    "$cairn" run virt --kernel "$guest" --json "$@" </dev/null
}

lines() {
    sed -n 's/^{"console":"uart","text":"\(.*\)"}$/\1/p'
}

# EXPECTED ARGUMENT...: what the guest prints.
prints() {
    printf '%b' "$1" >"$work/expected"
    shift
    run "$@" >"$work/run"
    lines <"$work/run" | diff "$work/expected" -
}

twice_the_same() {
    run "$@" >"$work/first" && run "$@" >"$work/second" &&
        cmp "$work/first" "$work/second" && grep -q '"state"' "$work/first"
}

pipes() {
    printf 'from a pipe\n' |
        "$cairn" run virt --kernel "$guest" --json --input - --press power@9ms |
        lines | grep -q '^FROM A PIPE$'
}

# More than the UART's queue holds, in the time that 115200 baud take: 1600
# bytes are 139 ms.
long_file() {
    yes 'sixteen letters' | head -n 100 >"$work/long"
    run --input "$work/long" --press power@160ms >"$work/run" &&
        test "$(lines <"$work/run" | grep -c '^SIXTEEN LETTERS$')" -eq 100 &&
        ! run --input "$work/long" --press power@130ms |
        lines | grep -c '^SIXTEEN LETTERS$' | grep -qx 100
}

# REASON ARGUMENT...: nothing runs.
misuse() {
    reason=$1
    shift
    run "$@" 2>"$work/err" >"$work/run"
    test $? -eq 2 && test ! -s "$work/run" && grep -q "$reason" "$work/err"
}

failure() {
    run --expect nothing --max-instructions 1000000 2>"$work/err" >"$work/run"
    test $? -eq 1 && grep -q "^cairn: run: .*'nothing'" "$work/err"
}

# More keys than the queue takes at once are not lost either.
long_line() {
    letters=$(yes abcdefghijklmnopqrstuvwxyz | head -n 60 | tr -d '\n')
    run --expect ready --type "$letters\\n" --press power@50ms >"$work/run" &&
        lines <"$work/run" | grep -qx "$(echo "$letters" | tr a-z A-Z)"
}

# What is printed at a port with a back end is in the file, and not shown.
kept_in_a_file() {
    run --input "$work/in" --press power@20ms --serial "file:$work/printed" \
        >"$work/run" &&
        grep -q '^TWO' "$work/printed" && ! lines <"$work/run" | grep -q TWO
}

# The guest hears what it prints, and what it prints of that, until its power
# key is pressed.
loops() {
    twice_the_same --serial loopback --press power@60ms &&
        lines <"$work/first" | grep -q '^READY$'
}

# Standard input at the pace of the host.
live() {
    printf 'from a pipe\r' |
        "$cairn" run virt --kernel "$guest" --json --serial uart=stdio \
            --press power@50ms >"$work/run" &&
        lines <"$work/run" | grep -q '^FROM A PIPE$'
}

# Both guests hear each other through the socket of one of them.
talks() {
    run --serial "unix:$work/s" --expect 'READY' >"$work/run" &
    one=$!
    await 30 test -S "$work/s" || return
    run --serial "connect:unix:$work/s" --press power@300ms >/dev/null
    wait $one && test ! -e "$work/s"
}

printf 'one\r\ntwo\n' >"$work/in"
printf '!x' >"$work/restart"

expect 'a file is typed, its lines ended by the return key' \
    prints 'ready\nONE\nTWO\npower key at 20 ms\n' \
    --input "$work/in" --press power@20ms
expect 'such a run is repeatable' \
    twice_the_same --input "$work/in" --press power@20ms
expect 'the file comes after what --type answers' \
    prints 'ready\nFIRST\nONE\nTWO\npower key at 20 ms\n' \
    --expect ready --type 'first\n' --input "$work/in" --press power@20ms
expect 'a --type answers the --expect before it, and not one before that' \
    run --expect ready --type '!' --expect restart --expect ready --type 'x\n' \
    --expect X --max-instructions 10M
expect 'a last --expect without --type waits for the file, not for the end' \
    prints 'ready\nONE\nTWO\npower key at 20 ms\n' \
    --expect ready --input "$work/in" --press power@20ms
expect 'standard input is a file too' pipes
expect 'a long file is typed at the pace of a serial line' long_file
expect 'a long --type is typed whole' long_line
expect 'a key is held, and pressed at its time' \
    prints 'ready\npower key at 5 ms\n' --press gpio.pin3@5ms
expect 'at once as well' \
    prints 'ready\npower key at 5 ms\n' --press gpio.pin0@0s --press power@5ms
expect 'a line is set to a value, which stays' \
    prints 'ready\npower key at 5 ms\n' --press gpio.pin3=1@5ms
expect 'time goes on when the guest restarts, and the key is pressed at its own' \
    prints 'ready\nrestart\nready\npower key at 30 ms\n' \
    --input "$work/restart" --press power@30ms
expect 'a line that is not there is misuse, and named' \
    misuse "no input 'no.such'" --press no.such@5ms
expect 'and so is a port' \
    misuse "no serial port 'no'" --console no --output /dev/null
expect 'a port with a back end prints there alone' kept_in_a_file
expect 'a loopback is repeatable' loops
expect 'standard input may be live' live
expect 'two machines talk through a socket' talks
expect 'a back end that there is not is misuse, and named' \
    misuse "'tape' is none of stdio, pty" --serial tape
expect 'and so is its port' misuse "no serial port 'no'" --serial no=pty
expect 'a run that fails says why on standard error too' failure

finish
