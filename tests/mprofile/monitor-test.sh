#!/bin/sh
# Watchpoints, breakpoints, steps and trace of a program that debugs itself, on
# boards of Armv7-M and Armv8-M and on each engine. What leaves the trace port is
# decoded by sigrok-cli (Debian's package of that name), if it is there.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
program=$(realpath build/out/guest/mprofile/debug.elf)
cd "$work" || exit 2

cat >text.expected <<'END'
writes 00000001
  cause 00000004
  word 00000005
  matched 00000001
  matched 00000000
byte 00000001
  cause 00000004
not read 00000000
  cause 00000000
read 00000001
  cause 00000004
multiple 00000001
  cause 00000004
off 00000000
  cause 00000000
cycles 00000001
  cause 00000004
breakpoint 00000001
  cause 00000002
  went on 00000002
steps 0000000a
  cause 00000001
bkpt 00000001
  cause 00000002
no monitor 00000000
  cause 00000000
END

# The letters by port 0; a word, a halfword, and two bytes with time stamps.
{
    printf 'hello from ITM\n' | od -An -v -tx1 | tr -s ' ' '\n' | sed -n 's/../01\n&/p'
    printf '%s\n' 0b 78 56 34 12 fa fe ca 09 99 20 09 aa 30
} >packets.expected

# BOARD ENGINE
traces() {
    "$cairn" run "$1" --semihosting --load "$program" --engine "$2" --strict \
        --serial swo=file:swo.bin --json >ours.json 2>ours.log || return 1
    sed -n 's/^{"console":"semihosting","text":"\(.*\)"}$/\1/p' ours.json |
        diff text.expected - || return 1
    grep -q '^{"console":"itm","text":"hello from ITM"}$' ours.json || return 1
    od -An -v -tx1 swo.bin | tr -s ' ' '\n' | sed '/^$/d' |
        diff packets.expected -
}

# The bytes of FILE as samples of a serial line, eight for a bit, with a pause
# behind each line of text, which ends it for the decoder.
samples() {
    od -An -v -tu1 "$1" | awk '
        function bit(b, i) { for (i = 0; i < 8; i++) print b }
        function pause(j) { for (j = 0; j < 200; j++) bit(1) }
        BEGIN { pause() }
        {
            for (k = 1; k <= NF; k++) {
                bit(0)
                for (v = $k; n < 8; n++) { bit(v % 2); v = int(v / 2) }
                n = 0
                bit(1)
                if ($k == 10) pause()
            }
        }
        END { pause() }'
}

decodes() {
    samples swo.bin >samples.csv
    sigrok-cli -i samples.csv \
        -I csv:column_formats=l:samplerate=8000000:header=no \
        -P uart:rx=0:baudrate=1000000,arm_itm -A arm_itm >decoded || return 1
    diff - decoded <<'END'
arm_itm-1: 0: "hello from ITM
"
arm_itm-1: 1: 0x12345678
arm_itm-1: 31: 0xcafe
arm_itm-1: 1: 0x99
arm_itm-1: Timestamp: 2 (exact)
arm_itm-1: 1: 0xaa
arm_itm-1: Timestamp: 5 (exact)
END
}

for board in an385 an386 an500 an505; do
    for engine in interpreter compiler chaos; do
        expect "$board debugs itself and traces, by the $engine" \
            traces "$board" "$engine"
    done
done
if command -v sigrok-cli >sigrok.path; then
    expect "sigrok decodes what leaves the trace port" decodes
else
    skip 'the trace port: sigrok-cli is not installed'
fi

finish
