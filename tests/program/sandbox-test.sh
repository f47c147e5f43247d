#!/bin/sh
# What `cairn run` gives up before the guest's first instruction, as the kernel
# tells it, and what still works then.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
guest=$(realpath build/out/guest/virt/console.elf)
cd "$work" || exit 2

"$cairn" run --until firmware-ready --quiet --json >report.json
if ! grep -q '"sandbox":"Landlock (files), seccomp ([0-9]* calls)"' report.json
then
    skip "the sandbox: $(grep -o '"sandbox":"[^"]*"' report.json)"
    finish
fi

# COMMAND ARGUMENT...: the command, with the process of a run that waits for
# keys. Its console is compiled code, as it has polled for them.
during() {
    mkfifo keys
    : >stderr
    "$cairn" run virt --kernel "$guest" --engine compiler --output printed \
        --gdb unix:socket --quiet <keys >/dev/null 2>stderr &
    run=$!
    exec 3>keys
    await 30 grep -q 'waiting for a debugger' stderr
    "$@" $run
    result=$?
    kill -9 $run
    exec 3>&-
    wait $run 2>/dev/null
    rm -f keys socket
    return $result
}

# COMMAND ARGUMENT...: before a run that waits for a debugger is ended.
ended_after() {
    : >stderr
    "$cairn" run virt --kernel "$guest" --gdb unix:socket --quiet \
        </dev/null >log 2>stderr &
    run=$!
    await 30 grep -q 'waiting for a debugger' stderr
    [ -S socket ] && "$@"
    result=$?
    kill -TERM $run
    wait $run
    [ $? -eq 143 ] && [ $result -eq 0 ]
}

socket_is_removed() { ended_after true && [ ! -e socket ]; }

other_stays() {
    ended_after ln -sf report.json socket && [ -h socket ]
    result=$?
    rm -f socket
    return $result
}

nothing_is_writable_and_executable() {
    grep -q ' r-xs .*zero' "/proc/$1/maps" && ! grep ' .wx' "/proc/$1/maps"
}

kernel_agrees() {
    grep -qx 'NoNewPrivs:.*1' "/proc/$1/status" &&
        grep -qx 'Seccomp:.*2' "/proc/$1/status"
}

left_alone() {
    "$cairn" run --until firmware-ready --quiet --no-sandbox >plain &&
        grep -qx '  sandbox       off' plain
}

told() {
    "$cairn" run --until firmware-ready --quiet --report report.txt >/dev/null &&
        grep -Eqx '  sandbox       Landlock \(files\), seccomp \([0-9]+ calls\)' \
            report.txt
}

# ARGUMENT...: runs the script, which reads a file.
script() {
    "$cairn" run --agent scripts/script --quiet "$@" >log 2>&1
}

script_stays_beside_itself() {
    mkdir -p scripts elsewhere
    echo '# none' | tee scripts/near >elsewhere/far
    ln -sf ../elsewhere/far scripts/link
    printf 'power\nfuses near\n' >scripts/script
    script || return
    for name in ../elsewhere/far link "$PWD/elsewhere/far"; do
        printf 'power\nfuses %s\n' "$name" >scripts/script
        ! script && grep -q 'Permission denied' log && script --no-sandbox &&
            script --allow elsewhere || return
    done
}

all_outputs() {
    ln -s elsewhere/real link.txt
    "$cairn" run trust --quiet --save saved --report link.txt --quote quote \
        --flash new:flash --fuse-array new:fuses \
        --hashes hashes --events events --log log --stats >run 2>&1 &&
        test -s saved -a -s elsewhere/real -a -s quote \
            -a -s flash -a -s fuses -a -s hashes -a -s events &&
        "$cairn" run trust --quiet --report /dev/null --flash flash \
            --fuse-array fuses >run 2>&1
}

restored() {
    "$cairn" run --until fmc --quiet --save half >log &&
        "$cairn" run --restore half --quiet --save half >log
}

in_parallel() {
    "$cairn" run virt --kernel "$guest" --cpus 2 --parallel --quiet \
        --press power@5ms >log 2>&1 </dev/null
}

piped() {
    echo keys | "$cairn" run virt --kernel "$guest" --input - --quiet \
        --press power@9ms >log
}

# All that inspect and verify-quote look at is named, and libraries that judge
# signatures need no more.
readers_read() {
    "$cairn" inspect flash >log && "$cairn" inspect saved >log || return 1
    "$cairn" inspect saved --verify >log
    test $? -eq 3 || return 1
    "$cairn" verify-quote quote --development --reference elsewhere/real >log
    test $? -eq 3
}

expect 'code is never writable and executable at once' \
    during nothing_is_writable_and_executable
expect 'the kernel says that calls and privileges are given up' \
    during kernel_agrees
expect "a debugger's socket is removed at the end" socket_is_removed
expect 'and nothing else in its place' other_stays
expect 'the report says what held' told
expect '--no-sandbox leaves the process as it is, and says so' left_alone
expect 'a script reads no file but beside itself, or by --allow' \
    script_stays_beside_itself
expect 'every output is written' all_outputs
expect 'inspect and verify-quote read what they are given' readers_read
expect 'a snapshot is read and replaced' restored
expect 'threads start' in_parallel
expect 'keys come by a pipe' piped

finish
