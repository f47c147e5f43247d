#!/bin/sh
# Upstream drivers at the devices of board ast2700, from the folder that
# CAIRN_AST2700 names (docs/ast2700-upstream.md): U-Boot and Linux at cards, I2C,
# clock, ADC and network, with device trees that have them, and FreeRTOS on SSP and TSP.
# needs: $CAIRN_AST2700 (docs/ast2700-upstream.md)
# needs: python3
# needs: dtc (device-tree-compiler)
# SPDX-License-Identifier: Apache-2.0
. tests/ast2700/ast2700.sh

# KERNEL: the flash with that one, and cards with known content of 16 MiB each.
flash_with() {
    python3 "$tests/ast2700/trees.py" "$files" "with-$1" "$1" &&
        python3 "$tests/ast2700/flash.py" "with-$1" flash mcu vboot &&
        python3 -c 'import random
for name in "emmc", "sd":
    with open(name, "wb") as file:
        file.write(random.Random(name).randbytes(16 << 20))'
}

# FILE FIRST SECOND BYTES: those at both offsets are the same.
repeated() {
    cmp -n "$4" "$1" "$1" "$2" "$3"
}

nothing_unmodelled() {
    test "$(fact unmodelled report)" = '0 accesses' ||
        { tail -n 5 report; return 1; }
}

# FILE: of its 32 KiB from 20000 (hexadecimal) on, as U-Boot prints it.
crc() {
    python3 -c 'import sys, zlib
with open(sys.argv[1], "rb") as file:
    file.seek(0x20000)
    print("==> %08x" % zlib.crc32(file.read(0x8000)))' "$1"
}

digest() {
    md5sum "$1" | cut -d' ' -f1
}

# ---- U-Boot ------------------------------------------------------------------

u_boot_uses_both_cards() {
    sd=$(crc sd) emmc=$(crc emmc)
    use='mmc info; mmc read 405000000 100 40; crc32 405000000 8000; mmc write 405000000 200 40'
    prompt --strict --disk emmc=emmc --disk sd0=sd \
        --type "mmc dev 0; $use\n" --expect 'written: OK' \
        --type "mmc dev 1; $use\n" --expect 'written: OK' >report 2>&1 ||
        { tail -n 5 report; return 1; }
    printed 'SD version 3.0' '16 MiB' "$sd" &&
        printed 'MMC version 5.1' '16 MiB' "$emmc" && nothing_unmodelled &&
        repeated sd $((0x20000)) $((0x40000)) $((0x8000)) &&
        repeated emmc $((0x20000)) $((0x40000)) $((0x8000))
}

u_boot_finds_i2c_targets() {
    prompt --strict --press lm75.temperature=21500@0s \
        --type 'i2c dev 0; i2c probe; i2c md 4d 0.1 2; i2c mw 50 123.2 5a 3; i2c md 50 122.2 5\n' \
        --expect '.ZZZ.' >report 2>&1 || { tail -n 5 report; return 1; }
    printed 'Valid chip addresses: 4D 50' '0000: 15 80' \
        '0122: ff 5a 5a 5a ff' && nothing_unmodelled
}

# ---- Linux -------------------------------------------------------------------

linux_uses_both_cards() {
    sd=$(digest sd) emmc=$(digest emmc)
    shell --strict --disk emmc=emmc --disk sd0=sd \
        --type 'until test -b /dev/mmcblk0 -a -b /dev/mmcblk1; do sleep 1; done; md5sum /dev/mmcblk0 /dev/mmcblk1\n' \
        --expect "$sd  /dev/mmcblk1" \
        --type 'for n in 0 1; do dd if=/dev/mmcblk$n of=/dev/mmcblk$n bs=32k count=1 skip=4 seek=8 conv=fsync; done; echo $((6 * 7)) blocks\n' \
        --expect '42 blocks' >report 2>&1 || { tail -n 5 report; return 1; }
    printed "$emmc  /dev/mmcblk0" && nothing_unmodelled &&
        repeated sd $((0x20000)) $((0x40000)) $((0x8000)) &&
        repeated emmc $((0x20000)) $((0x40000)) $((0x8000))
}

linux_writes_flash() {
    tail -c +$((0x10001)) sd | head -c $((0x20000)) >part
    shell --strict --disk sd0=sd \
        --type 'until test -b /dev/mmcblk1; do sleep 1; done; dd if=/dev/mmcblk1 of=/dev/mtdblock4 bs=64k count=2 skip=1 conv=fsync\n' \
        --expect '2+0 records out' \
        --type 'dd if=/dev/mtd4 bs=64k count=2 | md5sum\n' \
        --expect "$(digest part)" >report 2>&1 || { tail -n 5 report; return 1; }
    nothing_unmodelled
}

# Its program feeds it every minute, and it waits for 2 s.
linux_is_reset_by_the_watchdog() {
    shell --strict --type 'watchdog -T 2 -t 60 /dev/watchdog0\n' \
        --expect 'U-Boot SPL' --expect 'BL31: v' >report 2>&1 ||
        { tail -n 5 report; return 1; }
    nothing_unmodelled
}

linux_has_clock_adc_and_watchdog() {
    shell --strict --rtc 2026-11-22T16:40:00Z --press adc0.channel0=517@0s \
        --type 'date; hwclock; cat /sys/bus/iio/devices/*/in_voltage0_raw; cat /sys/class/watchdog/watchdog0/identity\n' \
        --expect 'aspeed_wdt' >report 2>&1 || { tail -n 5 report; return 1; }
    printed 'Sun Nov 22 16:40' 'Sun Nov 22 16:40' 517 && nothing_unmodelled
}

linux_uses_i2c() {
    at=/sys/bus/i2c/devices
    shell --strict --press lm75.temperature=21500@0s \
        --press lm75.temperature=-7000@5s \
        --type "cat $at/0-004d/hwmon/*/temp1_input\n" --expect 21500 \
        --type "printf Cairn >$at/0-0050/eeprom; dd if=$at/0-0050/eeprom bs=7 count=1 | hexdump -C\n" \
        --expect '43 61 69 72 6e ff ff' \
        --type "sleep 5; cat $at/0-004d/hwmon/*/temp1_input\n" \
        --expect -7000 >report 2>&1 || { tail -n 5 report; return 1; }
    printed 'lm75 0-004d: hwmon' 'at24 0-0050: 8192 byte' &&
        nothing_unmodelled
}

# Pin 100 is an input that interrupts, 101 an output.
linux_uses_pins_and_a_fan() {
    shell --strict --press gpio1.pin100=1@0s --press gpio1.pin100=0@5s \
        --press pwm_tach.fan0=4800@0s \
        --type 'cd /sys/class/gpio; for c in gpiochip*; do grep -q 14c0b $c/label && b=$(cat $c/base); done; i=$((b + 100)) o=$((b + 101))\n' \
        --expect '# ' \
        --type 'echo $i >export; echo both >gpio$i/edge; echo in is $(cat gpio$i/value); echo $o >export; echo high >gpio$o/direction; echo out is $(cat gpio$o/value)\n' \
        --expect 'out is 1' \
        --type 'cat /sys/class/hwmon/*/fan1_input; sleep 5; echo in is $(cat gpio$i/value), by $(grep gpio /proc/interrupts)\n' \
        --expect 'in is 0, by' --expect 'Edge gpiolib' >report 2>&1 ||
        { tail -n 5 report; return 1; }
    printed 'in is 1' 'out is 1' 4802 'in is 0, by' ': 1 0 0 0 14c0b000.gpio' &&
        nothing_unmodelled
}

# The kernel's own tests of AES by the engine, in three modes, some of them with
# made-up lists of pieces; each piece of work ends with an interrupt.
linux_tests_the_cipher_engine() {
    shell --strict \
        --type 'sleep 20; dmesg | grep "alg: "; grep -A 4 "^driver *: aspeed-" /proc/crypto; echo $((6 * 7)) is all\n' \
        --expect '42 is all' >report 2>&1 || { tail -n 5 report; return 1; }
    printed 'full crypto tests enabled' &&
        ! grep -E 'test failed|selftest *: unknown' output &&
        test "$(grep -c 'selftest *: passed' output)" -eq 3 &&
        nothing_unmodelled
}

# FOLDER: serves its files by HTTP until process $server ends; its port is in the
# file port.
serve() {
    python3 -c 'import functools, http.server, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler,
                            directory=sys.argv[1])
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
    print(server.server_port, flush=True)
    server.serve_forever()' "$1" >port 2>server.log &
    server=$!
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        test -s port && return
        sleep 1
    done
    return 1
}

linux_uses_the_network() {
    mkdir -p served && head -c 300000 sd >served/small &&
        head -c 3000000 sd >served/large && serve served || return 1
    shell --strict --net mac0=user,tftp=served \
        --type 'ip link set eth0 up; udhcpc -n -q -i eth0\n' \
        --expect 'lease of 10.0.2.15 obtained' \
        --type 'ip address add 10.0.2.15/24 dev eth0; ping -c 3 10.0.2.2\n' \
        --expect '3 packets received' \
        --type 'tftp -g -r small -l /tmp/small 10.0.2.2; md5sum /tmp/small\n' \
        --expect "$(digest served/small)" \
        --type "wget -q -O /tmp/large http://10.0.2.2:$(cat port)/large; md5sum /tmp/large\n" \
        --expect "$(digest served/large)" >report 2>&1
    code=$?
    kill $server
    test $code -eq 0 || { tail -n 5 report; return 1; }
    printed 'eth0: Link is Up - 1Gbps/Full' && nothing_unmodelled
}

# ---- SSP and TSP -------------------------------------------------------------

# The tasks of FreeRTOS on both check themselves; a line that is typed to one
# comes by interrupts, of UART 4 through INTC0, of UART 7 through both.
freertos_passes() {
    console=$1 name=$2 other=$3 other_name=$4
    "$cairn" pack ast2700 "$tests/../boards/ast2700.yaml" --quiet \
        --image "ssp=$files/ssp.bin" --image "tsp=$files/tsp.bin" \
        --out own.img --fuse-array own.fuses || return 1
    timeout "${LIMIT:-300}" "$cairn" run ast2700 --flash own.img \
        --fuse-array own.fuses --console "$console" --output output \
        --serial "$other=file:other" --strict --max-instructions 20G \
        --expect 'check 1' --type 'hello\n' --expect 'by interrupts' \
        --expect 'check 2' </dev/null >report 2>&1 ||
        { tail -n 5 report; return 1; }
    cat output other
    printed "$name: FreeRTOS" PASS "$name: line 'hello'" "$name: FreeRTOS" \
        PASS && ! grep FAIL output other &&
        grep "$other_name: FreeRTOS.*PASS" other && nothing_unmodelled &&
        sed '/^Report/q' report |
        sed -n 's/.*release  *mcu  *\([a-z0-9_.]*\): released.*/\1/p
            s/.*authorise  *mailbox .*: authorised .*/image/p' | tr '\n' ' ' |
            grep -x 'scu1.reset_caliptra \(image \)*scu0.ca35 scu0.ssp scu0.tsp '
}

# Linux on the Cortex-A35 beside FreeRTOS on SSP and TSP, all of it authorised, and
# a reboot of all of them.
linux_and_freertos_run_at_once() {
    boot="$linux; run bootspi\\n"
    "$cairn" pack ast2700 "$tests/../boards/ast2700.yaml" --quiet \
        --image "bl31=$files/bl31.bin" --image "optee=$files/tee-raw.bin" \
        --image "u-boot=$files/u-boot.bin" --image "ssp=$files/ssp.bin" \
        --image "tsp=$files/tsp.bin" --out own.img --fuse-array own.fuses ||
        return 1
    truncate -s $((0x420000)) own.img &&
        tail -c +$((0x420001)) flash >>own.img || return 1
    timeout "${LIMIT:-300}" "$cairn" run ast2700 --flash own.img \
        --fuse-array own.fuses --console uart12 --output output --strict \
        --serial uart4=file:ssp --serial uart7=file:tsp \
        --expect 'stop autoboot' --type ' ' --expect '=> ' --type "$boot" \
        --expect "help' for a list" --type '\n' --expect '# ' \
        --type 'sleep 6; reboot -f\n' \
        --expect 'stop autoboot' --type ' ' --expect '=> ' --type "$boot" \
        --expect "help' for a list" --type '\n' --expect '# ' \
        --type 'sleep 3; echo $((6 * 7)) is all\n' --expect '42 is all' \
        --max-instructions 20G </dev/null >report 2>&1 ||
        { tail -n 5 report; return 1; }
    cat ssp tsp
    test "$(grep -c 'SSP: FreeRTOS.*PASS' ssp)" -eq 3 &&
        test "$(grep -c 'TSP: FreeRTOS.*PASS' tsp)" -eq 3 &&
        ! grep FAIL ssp tsp && nothing_unmodelled
}

if flash_with Image; then
    try 'U-Boot reads and writes SD card and eMMC' u_boot_uses_both_cards
    try 'U-Boot finds sensor and EEPROM on I2C' u_boot_finds_i2c_targets
    try 'Linux reads and writes SD card and eMMC' linux_uses_both_cards
    try 'Linux writes the flash' linux_writes_flash
    try 'Linux is reset by a watchdog that it does not feed' \
        linux_is_reset_by_the_watchdog
    try 'Linux has clock, ADC and watchdog' linux_has_clock_adc_and_watchdog
else
    failed=$((failed + 1))
fi
if test ! -e "$files/Image-drivers"; then
    skip 'Image-drivers is not there'
elif flash_with Image-drivers; then
    try 'Linux reads the sensor and writes the EEPROM' linux_uses_i2c
    try 'Linux tests the cipher engine' linux_tests_the_cipher_engine
    try 'Linux uses pins and a fan' linux_uses_pins_and_a_fan
    try 'Linux gets an address, an echo and files' linux_uses_the_network
else
    failed=$((failed + 1))
fi
if test -e "$files/ssp.bin" -a -e "$files/tsp.bin"; then
    try 'FreeRTOS passes its checks on SSP and TSP' freertos_passes \
        uart4 SSP uart7 TSP
    try '... and each has its interrupts' freertos_passes uart7 TSP uart4 SSP
    try '... and go on beside Linux, twice' linux_and_freertos_run_at_once
else
    skip 'ssp.bin and tsp.bin are not there'
fi
finish
