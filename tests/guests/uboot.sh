# U-Boot for QEMU's machine: its commands, and Linux started by it.
# SPDX-License-Identifier: Apache-2.0

uboot_needs='uboot cloud busybox'

uboot_cases() {
    for gic in 2 3; do
        for el in 1 2; do
            echo "uboot_commands $gic $el"
            echo "uboot_linux $gic 2 $el"
        done
        echo "uboot_commands $gic 3"
    done
    echo 'uboot_linux 3 8 1'
}

uboot_short() {
    echo 'uboot_commands 3 1'
}

# Stops the countdown.
uboot_machine() {
    machine "$1" "$2" "$3"
    bios=$(guest_file uboot)
    dialogue 'autoboot:' ' '
}

# GIC EL
uboot_commands() {
    uboot_machine "$1" 1 "$2"
    for command in version bdinfo 'dm tree' flinfo 'qfw cpus' 'qfw list' \
        'pci enum' pci \
        'mw.b 48000000 5a 10000' 'cp.b 48000000 48100000 10000' \
        'cmp.b 48000000 48100000 10000' 'crc32 48000000 10000' \
        'setenv kept yes-it-is' 'printenv kept' 'date' 'coninfo' 'virtio scan'; do
        dialogue '=> ' "$command\\n"
    done
    if [ "$2" = 3 ]; then
        # Nobody answers PSCI below it.
        dialogue '=> ' 'echo kept: $kept\n'
        dialogue 'kept: yes-it-is'
    else
        dialogue '=> ' 'poweroff\n'
        dialogue 'poweroff ...'
    fi
    want '^relocaddr' '65536 byte(s) were the same' serial_pl01x '^kept=yes'
    judge "U-Boot, commands, $shape" text
}

# GIC CPUS EL
uboot_linux() {
    uboot_machine "$1" "$2" "$3"
    kernel=$(guest_file cloud) initrd=$folder/initrd
    append='console=ttyAMA0 panic=-1 nokaslr'
    dialogue '=> ' 'run bootcmd_qfw\n'
    dialogue 'Power down'
    want_init "$2"
    want 'Starting kernel' 'reboot: Power down'
    judge "U-Boot starts Linux, $shape" lines
}
