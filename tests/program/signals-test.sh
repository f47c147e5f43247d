#!/bin/sh
# Runs that are ended from outside: by a signal, or by a reader that leaves.
# They are waited for by what they print, which has to come out of a pipe while
# they go on.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
console=build/out/guest/virt/console.elf
idle=build/out/guest/virt/idle.elf
forever='--max-instructions 1000000000000000'
mkfifo "$work/pipe"

# A guest that asks for SYSTEM_RESET at once: MOV W0, #0x84000009; HVC #0.
printf '\040\001\200\122\000\200\260\162\002\000\000\324\000\000\000\024' \
    >"$work/resets"
# A ROM that goes round in circles, and an agent that awaits a miracle of it:
# of the core when it runs, and of one that is held.
printf '\157\000\000\000' >"$work/rom"
cat >"$work/agent" <<'END'
power
line soc_ifc.cptra_pwrgood 1
line soc_ifc.cptra_rst_b 1
wait soc_ifc.ready_for_fuses
write CPTRA_FUSE_WR_DONE 1
poll 0x30030000 0xffffffff 0x12345678 within 1000000000000
END
grep -v FUSE_WR "$work/agent" >"$work/holding-agent"
yes 'more than the queue takes' | head -n 4000 >"$work/keys"

# Signals that this shell, or a nohup around it, has ignored come back.
run_beside() {
    env --default-signal=HUP,INT,QUIT "$cairn" run "$@" \
        </dev/null >"$work/pipe" 2>"$work/err" &
    pid=$!
    exec 3<"$work/pipe"
    : >"$work/out"
}

# TEXT: reads what the run prints up to a line with it.
see() {
    while IFS= read -r line <&3; do
        printf '%s\n' "$line" >>"$work/out"
        case $line in
        *"$1"*) return 0 ;;
        esac
    done
    echo "'$1' was not printed"
    cat "$work/err"
    return 1
}

# CODE: how the run ends, and the rest of what it prints.
ends_with() {
    cat <&3 >>"$work/out"
    exec 3<&-
    wait "$pid"
    code=$?
    test "$code" -eq "$1" || {
        echo "ended with $code, not $1"
        cat "$work/out" "$work/err"
        return 1
    }
}

# SIGNAL CODE TEXT ARGUMENT...: once TEXT was printed.
ended_by() {
    signal=$1 code_wanted=$2 text=$3
    shift 3
    run_beside "$@"
    see "$text" || return
    kill "-$signal" "$pid"
    ends_with "$code_wanted" && grep -q "ended by SIG$signal" "$work/out"
}

# SIGNAL CODE: everything that a run keeps is kept, and lines are whole.
keeps_all() {
    rm -f "$work"/kept.*
    ended_by "$1" "$2" '"text":"ready"' virt --kernel "$console" $forever \
        --json --events "$work/kept.events" --report "$work/kept.txt" \
        --save "$work/kept.snapshot" --flash "new:$work/kept.flash" \
        --output "$work/kept.output" --log "$work/kept.log" \
        --hashes "$work/kept.hashes" || return
    ! grep -qv '^{.*}$' "$work/out" "$work/kept.events" &&
        tail -n 1 "$work/out" | grep -q '"report"' &&
        grep -q "failed: ended by SIG$1" "$work/kept.txt" &&
        grep -qx ready "$work/kept.output" &&
        test "$(wc -c <"$work/kept.flash")" -eq 67108864 &&
        grep -q '^[0-9]* [0-9a-f]\{16\}$' "$work/kept.hashes" &&
        "$cairn" run virt --restore "$work/kept.snapshot" \
            --kernel "$console" --press power@1ms --json </dev/null |
        grep -q 'power key at'
}

# A report for which there is no reader holds the end up.
second_signal() {
    rm -f "$work/unread"
    mkfifo "$work/unread"
    run_beside virt --kernel "$console" $forever --report "$work/unread"
    see ready || return
    kill -TERM "$pid"
    see 'ended by SIGTERM' || return
    kill -INT "$pid"
    ends_with 130
}

nohup_like() {
    (
        trap '' HUP
        "$cairn" run virt --kernel "$console" --max-instructions 20000000 \
            </dev/null >"$work/pipe" 2>"$work/err" &
        pid=$!
        exec 3<"$work/pipe"
        see ready || exit
        kill -HUP "$pid"
        ends_with 1 && grep -q 'limit of 20000000' "$work/out"
    )
}

# Before one is there, and while it holds the machine.
waits_for_debugger() {
    mkfifo "$work/said"
    "$cairn" run --gdb "unix:$work/socket" --report "$work/gdb.txt" \
        </dev/null 2>"$work/said" >"$work/out" &
    pid=$!
    exec 3<"$work/said"
    see 'waiting for a debugger' || return
    "$@" "$pid"
    exec 3<&-
    wait "$pid"
    code=$?
    rm "$work/said"
    test "$code" -eq 143 && grep -q 'ended by SIGTERM' "$work/gdb.txt"
}

under_gdb() {
    printf '%s\n' "target remote $work/socket" 'stepi' "shell kill -TERM $1" \
        'stepi' >"$work/commands"
    gdb-multiarch -nx -batch -x "$work/commands" >"$work/gdb" 2>&1 || true
}

# ARGUMENT...: somebody reads one line, and has the rest of a run to himself.
reader_leaves() {
    rm -f "$work/kept.txt" "$work/kept.snapshot"
    {
        "$cairn" run virt --kernel "$console" $forever "$@" \
            --report "$work/kept.txt" --save "$work/kept.snapshot" \
            </dev/null 2>"$work/err"
        echo $? >"$work/code"
    } | head -n 1 >"$work/out"
    test ! -s "$work/err" && test "$(cat "$work/code")" -eq 141 &&
        grep -q 'ended by SIGPIPE' "$work/kept.txt" &&
        test -s "$work/kept.snapshot" && test "$(wc -l <"$work/out")" -eq 1
}

other_reader_leaves() {
    {
        "$cairn" help run 2>"$work/err"
        echo $? >"$work/code"
    } | true
    test ! -s "$work/err" || return
    # The page may have been written before its reader left.
    grep -qx '141\|0' "$work/code"
}

expect 'SIGTERM keeps everything' keeps_all TERM 143
expect 'SIGINT too' keeps_all INT 130
expect 'SIGHUP too' keeps_all HUP 129
expect 'the exit code tells it where reasons are asked for' \
    ended_by TERM 125 ready virt --kernel "$console" --exit-status reason $forever
expect 'a second signal ends at once' second_signal
expect 'what was ignored stays ignored' nohup_like
expect 'processors at the same time are stopped' \
    ended_by TERM 143 ready virt --kernel "$console" --parallel \
    --cpus 2 $forever
expect 'a guest that only waits is stopped, and seen' \
    ended_by TERM 143 'idle: from here on' virt --kernel "$idle" \
    --input "$work/keys" $forever
expect 'one that only resets itself is' \
    ended_by TERM 143 'cpu0: runs from' virt --kernel "$work/resets" $forever
expect 'an agent that polls is' \
    ended_by TERM 143 'cpu: runs from' --rom "$work/rom" \
    --agent "$work/agent" $forever
expect 'so is one that has not let the core go' \
    ended_by TERM 143 'waits for fuses' --rom "$work/rom" \
    --agent "$work/holding-agent" $forever
expect 'who waits for a debugger is' waits_for_debugger kill -TERM
if command -v gdb-multiarch >/dev/null; then
    expect 'who is held by one is' waits_for_debugger under_gdb
fi
expect 'a reader that leaves ends the run in silence' \
    reader_leaves --trace --log /dev/stdout
expect 'so does one of JSON lines' \
    reader_leaves --trace --log /dev/stdout --json
expect 'so does one of another command' other_reader_leaves

finish
