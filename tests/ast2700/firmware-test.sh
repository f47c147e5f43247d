#!/bin/sh
# Upstream firmware on board ast2700, from the folder that CAIRN_AST2700 names
# (docs/ast2700-upstream.md): U-Boot's SPL on the boot MCU, TF-A, OP-TEE, U-Boot
# and Linux on the Cortex-A35, and vbootrom in the SPL's place.
# needs: $CAIRN_AST2700 (docs/ast2700-upstream.md)
# needs: python3
# SPDX-License-Identifier: Apache-2.0
. tests/ast2700/ast2700.sh
python3 "$tests/ast2700/flash.py" "$files" flash mcu vboot || exit 2

reaches_the_prompt() {
    prompt >report 2>&1 &&
        printed 'U-Boot SPL' 'BL31: v' 'OP-TEE version' 'U-Boot 20' \
            'AST2700' 'Hit any key'
}

releases_in_order() {
    prompt >report 2>&1 || return 1
    tail -n 40 report
    # The boot MCU, then by it the four Cortex-A35, and nobody before.
    sed -n '1,/^Report/s/.*release  *reset  *\([a-z0-9_]*\): .*/\1/p' report |
        tr '\n' ' ' | grep -qx 'mcu_cpu cpu0 cpu1 cpu2 cpu3 '
}

writes_flash() {
    prompt --type 'sf probe; sf erase 7000000 10000; mw.l 405000000 12345678 1000; sf write 405000000 7000000 4000; sf read 406000000 7000000 4000; cmp.b 405000000 406000000 4000\n' \
        --expect '16384 byte(s) were the same'
}

gets_an_address() {
    prompt --net mac0=user --type 'dhcp\n' --expect '10.0.2.15'
}

starts_linux() {
    shell --strict --type 'nproc; cat /proc/mtd; ls /sys/class/watchdog\n' \
        --expect 'watchdog1' >report 2>&1 || { tail -n 5 report; return 1; }
    printed 'Run /init' 'init: 4 processors' '"u-boot-env"' '"rwfs"' \
        watchdog0 && test "$(fact unmodelled report)" = '0 accesses'
}

goes_round() {
    shell --type "$1" --expect 'U-Boot SPL' --expect 'BL31: v' \
        --expect 'stop autoboot' --type ' ' --expect '=> ' \
        --type "$linux; run bootspi\n" --expect 'init: 4 processors' \
        >report 2>&1
    code=$?
    tail -n 5 report
    return $code
}

repeats() {
    shell >first 2>&1 && shell >second 2>&1 || return 1
    test -n "$(fact state first)" &&
        test "$(fact state first)" = "$(fact state second)"
}

# The state at the prompt, by a run with a snapshot before it, with each engine.
goes_on_from_a_snapshot() {
    run mcu --expect 'DRAM:' --save snapshot >first 2>&1 || return 1
    for engine in compiler interpreter; do
        timeout "${LIMIT:-300}" "$cairn" run --restore snapshot \
            --expect 'stop autoboot' --type ' ' --expect '=> ' \
            --max-instructions 20G --engine $engine </dev/null \
            >"$engine" 2>&1 || { tail -n 3 "$engine"; return 1; }
    done
    prompt >second 2>&1 && test -n "$(fact state second)" &&
        test "$(fact state second)" = "$(fact state compiler)" &&
        test "$(fact state second)" = "$(fact state interpreter)"
}

# Within Linux's start, and then in a shell that starts programs.
linux_goes_on_from_a_snapshot() {
    busy='n=0; while test $n -lt 20; do ls -l /bin | gzip | wc -c; n=$((n+1)); done; echo bu""sy\n'
    prompt --type "$linux; run bootspi\n" --expect 'Run /init' \
        --save snapshot >first 2>&1 || return 1
    for engine in compiler interpreter; do
        timeout "${LIMIT:-300}" "$cairn" run --restore snapshot \
            --expect "help' for a list" --type '\n' --expect '# ' \
            --type "$busy" --expect 'busy' --max-instructions 20G \
            --engine $engine </dev/null >"$engine" 2>&1 ||
            { tail -n 3 "$engine"; return 1; }
    done
    shell --type "$busy" --expect 'busy' >second 2>&1 || return 1
    test -n "$(fact state second)" &&
        test "$(fact state second)" = "$(fact state compiler)" &&
        test "$(fact state second)" = "$(fact state interpreter)"
}

starts_by_vbootrom() {
    run vboot --image "psp_rom=$files/ast27x0_bootrom.bin" \
        --expect 'stop autoboot' --type ' ' --expect '=> ' >report 2>&1 &&
        printed 'Found valid FIT' 'Jumping to BL31' 'BL31: v' 'U-Boot 20'
}

# By our own code of the boot MCU, which has each image authorised: Linux where its
# device tree has the kernel's partition, a reboot by the watchdog, and all of it
# again, from the fuses on.
starts_behind_the_root_of_trust() {
    boot="$linux; run bootspi\\n"
    "$cairn" pack ast2700 "$tests/../boards/ast2700.yaml" --quiet \
        --image "bl31=$files/bl31.bin" --image "optee=$files/tee-raw.bin" \
        --image "u-boot=$files/u-boot.bin" --out own.img \
        --fuse-array own.fuses || return 1
    truncate -s $((0x420000)) own.img &&
        tail -c +$((0x420001)) flash >>own.img || return 1
    timeout "${LIMIT:-300}" "$cairn" run ast2700 --flash own.img \
        --fuse-array own.fuses --console uart12 --output output --strict \
        --expect 'stop autoboot' --type ' ' --expect '=> ' --type "$boot" \
        --expect "help' for a list" --type '\n' --expect '# ' \
        --type 'reboot -f\n' --expect 'stop autoboot' --type ' ' \
        --expect '=> ' --type "$boot" --expect 'init: 4 processors' \
        --max-instructions 20G </dev/null >report 2>&1 ||
        { tail -n 5 report; return 1; }
    printed 'first mutable code: authorised' 'BL31: authorised' \
        'OP-TEE: authorised' 'U-Boot: authorised' 'Cortex-A35: released' \
        'BL31: v' 'OP-TEE version' 'U-Boot 20' 'init: 4 processors' \
        'Restarting system' 'root of trust: wants firmware' \
        'U-Boot: authorised' 'Cortex-A35: released' 'BL31: v' \
        'init: 4 processors' || return 1
    # Twice: Caliptra, then as many images as there are, then the Cortex-A35.
    sed '/^Report/q' report | sed -n 's/.*release  *mcu  *\([a-z0-9_.]*\): released.*/\1/p
        s/.*authorise  *mailbox .*: authorised .*/image/p' | tr '\n' ' ' |
        grep -qxE '(scu1.reset_caliptra (image ){6}scu0.ca35 scu0.ssp scu0.tsp ){2}'
}

try 'the SPL, BL31, OP-TEE and U-Boot print their banners' reaches_the_prompt
try 'nobody but the boot MCU releases the Cortex-A35' releases_in_order
try 'U-Boot erases, writes and reads its flash' writes_flash
try 'U-Boot gets an address by DHCP' gets_an_address
try 'Linux starts a shell on four processors' starts_linux
try 'reboot goes round the whole chain' goes_round 'reboot -f\n'
try 'a watchdog without a shutdown goes round the whole chain' goes_round \
    'devmem 0x14c37004 32 100; devmem 0x14c37008 32 0x4755; devmem 0x14c3700c 32 0x13\n'
try 'two runs end in the same state' repeats
try 'a snapshot goes on in the same way with each engine' goes_on_from_a_snapshot
try 'Linux goes on from a snapshot in the same way with each engine' \
    linux_goes_on_from_a_snapshot
try 'the root of trust authorises BL31, OP-TEE and U-Boot, twice round by Linux' \
    starts_behind_the_root_of_trust
if test -e "$files/ast27x0_bootrom.bin"; then
    try 'vbootrom starts the Cortex-A35 as in QEMU' starts_by_vbootrom
else
    skip 'ast27x0_bootrom.bin is not there'
fi
finish
