#!/bin/sh
# cairn run trust --reset-at: what the report says of who was held and who was
# released again, and what is refused; the agent's verbs and the debugger's.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
cd "$work" || exit 2

# Behind the release of cpu0, before it turns the power off.
end=$("$cairn" run trust </dev/null | sed -n 's/^ *time .* ms, \([0-9]*\) instructions$/\1/p')
late=$((end - 4000))

# RESET...: a run with the sections of its report in told.
start() {
    timeout 60 "$cairn" run trust --report run.json "$@" >run.out 2>run.log
    status=$?
    sed -n '/^Since reset lines/,/^$/p' run.out >told
    return $status
}

held() {
    start --reset-at mcu_reset.line0@$late+10us && return 1
    grep -q 'mcu_reset.line0: asserted from outside' told &&
        grep -q 'cpu0: held' told &&
        grep -q 'mcu_reset.line0: its release is asked for' told &&
        grep -q 'line 0: stays held: needs images 0xffffffff, authorised are 0x0' told &&
        ! grep -q 'cpu0: runs' told
}

again() {
    start --reset-at mcu_reset.warm@$late &&
        grep -q 'mcu_reset.warm: asserted from outside' told &&
        grep -q 'cpu0: runs from 0x0e000000, after 2 images authorised, 0 refused' told &&
        jq -e '[.. | .since_resets? // empty][0] | map(select(.what == "cpu0" and .event == "release"))
            | length == 1 and .[0].authorised == 2' run.json >/dev/null
}

never() {
    start --reset-at mcu_reset.line0@999999999
    test $? = 1 && test ! -s told &&
        grep -q -- '--reset-at: 1 of the resets never came: the run ended at instruction' run.log
}

# BOARD LINE TEXT
refused() {
    timeout 60 "$cairn" run "$1" --reset-at "$2@5" >run.out 2>run.log
    test $? = 1 && grep -q "'$2' is no line that registers assert and release; $3" run.log
}

past() {
    timeout 60 "$cairn" run trust --save late.cairn >run.out 2>run.log || return 1
    timeout 60 "$cairn" run --restore late.cairn --reset-at mcu_reset.line0@5 >run.out 2>run.log
    test $? = 1 && grep -q "'mcu_reset.line0' at instruction 5: the run is at $end already" run.log
}

recorded() {
    start --reset-at mcu_reset.warm@$late --record run.inputs || return 1
    grep '^  state' run.out >state
    timeout 60 "$cairn" run trust --replay run.inputs >run.out 2>run.log &&
        grep -q 'mcu_reset.warm: asserted from outside' run.out &&
        grep '^  state' run.out | cmp - state
}

expect 'a core that is held stays held without authorisation' held
expect 'a whole reset authorises all images again' again
expect 'a record has it' recorded
expect 'a reset that never comes fails the run' never
expect 'a name that is none gives the list' refused trust nothing 'there are mcu_reset.line0, '
expect 'a name without a device gives the whole list' refused ast2700 scu1 \
    'there are scu0.reset_sdram, .*, scu0.reset_sm3 and 120 more '
expect 'a line that is no reset is refused' refused trust mcu_reset.verdict 'there are '
expect 'a board without such lines says so' refused caliptra-1.1 x 'the board has no such line'
expect 'a place in the past is refused' past

finish
