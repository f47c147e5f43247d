# EDK2 for QEMU's machine: its shell, its variables, and Linux started by it,
# by ACPI tables or by a device tree.
# SPDX-License-Identifier: Apache-2.0

edk2_needs='edk2 cloud generic busybox'

edk2_cases() {
    for gic in 2 3; do
        for acpi in on off; do
            echo "edk2_shell $gic 1 $acpi"
            echo "edk2_linux cloud $gic 2 1 $acpi"
        done
    done
    echo 'edk2_shell 3 2 on'
    echo 'edk2_linux generic 3 8 1 on'
    echo 'edk2_linux generic 2 4 2 on'
    echo 'edk2_linux cloud 3 4 2 off'
    echo 'edk2_variables'
}

edk2_short() {
    echo 'edk2_shell 3 1 on'
}

edk2_machine() {
    machine "$1" "$2" "$3"
    bios=$(guest_file edk2) acpi=$4
    shape="$shape, ACPI $acpi"
}

# Skips the countdown before the shell.
into_shell() {
    dialogue 'seconds to skip' ' '
}

# GIC EL ACPI
edk2_shell() {
    edk2_machine "$1" 2 "$2" "$3"
    into_shell
    for command in ver map drivers devices pci; do
        dialogue 'Shell> ' "$command\\n"
    done
    dialogue 'Shell> ' 'reset -s\n'
    want 'UEFI Interactive Shell'
    judge "EDK2, shell, $shape" text
}

# FLAVOUR GIC CPUS EL ACPI
edk2_linux() {
    edk2_machine "$2" "$3" "$4" "$5"
    kernel=$(guest_file "$1") initrd=$folder/initrd
    append='console=ttyAMA0 panic=-1 nokaslr'
    want_init "$3"
    want 'EFI stub: Booting Linux Kernel' 'efi: EFI v2.70 by EDK II' \
        'reboot: Power down'
    [ "$5" = off ] || want 'ACPI: Interpreter enabled'
    judge "EDK2 starts Linux, $1, $shape" lines
}

# Twice, on flash that is kept.
edk2_variables() {
    machine 2 1 1
    bios=$(guest_file edk2) flash=variables
    into_shell
    dialogue 'Shell> ' 'set kept yes-it-is\n'
    dialogue 'Shell> ' 'reset -s\n'
    want 'UEFI Interactive Shell'
    judge 'EDK2 sets a variable' none
    machine 2 1 1
    bios=$(guest_file edk2) flash=variables
    into_shell
    dialogue 'Shell> ' 'set kept\n'
    dialogue 'Shell> ' 'reset -s\n'
    want 'yes-it-is'
    judge 'EDK2 keeps its variables' none
}
