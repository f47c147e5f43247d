#!/bin/sh
# Boots guests that others built on the board virt, and under QEMU as a control:
# guests.sh [CAIRN]. Packages come from Debian 12 for arm64 into build/out/guests;
# without a way to them everything is skipped, with the reason.
# CAIRN_GUESTS=FOLDER takes the *.deb files from there; CPUS="1 2" says on how
# many processors Linux boots.
# SPDX-License-Identifier: Apache-2.0
cairn=$(realpath "${1:-build/cairn}")
folder=$(pwd)/build/out/guests
: "${CPUS:=1 2 4}"
passed=0 failed=0 skipped=0
mkdir -p "$folder" && cd "$folder" || exit 2

# ---- Fetching ---------------------------------------------------------------

# A package state of our own, from the sources that this machine has: its own
# state is neither read nor changed.
apt_arm64() {
    apt=$1
    shift
    "$apt" -o APT::Architecture=arm64 -o APT::Architectures::=arm64 \
        -o Dir::State="$folder/apt" -o Dir::State::status="$folder/apt/status" \
        -o Dir::Cache="$folder/apt/cache" \
        -o APT::Sandbox::User=root "$@"
}

skip_all() {
    echo "SKIP: all guests: $1"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}

fetch() {
    mkdir -p apt/lists/partial apt/cache/archives/partial && : >apt/status
    apt_arm64 apt-get -qq -o Acquire::Retries=1 update >apt/log 2>&1 || return 1
    kernel=$(apt_arm64 apt-cache depends linux-image-cloud-arm64 |
        sed -n 's/.*Depends: //p')
    # shellcheck disable=SC2086
    apt_arm64 apt-get -qq download $kernel busybox-static u-boot-qemu \
        qemu-efi-aarch64 >>apt/log 2>&1
}

unpack() {
    for package in "${CAIRN_GUESTS:-$folder}"/*.deb; do
        dpkg-deb -x "$package" root || return 1
    done
    : >root/complete
}

if ! [ -e root/complete ]; then
    command -v dpkg-deb >/dev/null || skip_all 'dpkg-deb is not here'
    if [ -z "$CAIRN_GUESTS" ]; then
        command -v apt-get >/dev/null || skip_all 'apt-get is not here'
        fetch || skip_all "packages cannot be fetched: $(tail -n 1 apt/log)"
    fi
    unpack || skip_all 'packages cannot be unpacked'
fi
image=$(echo root/boot/vmlinuz-*)
uboot=root/usr/lib/u-boot/qemu_arm64/u-boot.bin
edk2=root/usr/share/qemu-efi-aarch64/QEMU_EFI.fd

# ---- An initial file system -------------------------------------------------

inode=0
# One member of a newc archive: NAME MODE [FILE [RDEV_MAJOR RDEV_MINOR]]
member() {
    inode=$((inode + 1))
    size=0
    [ -z "$3" ] || size=$(($(wc -c <"$3")))
    printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\0' \
        $inode $((0$2)) 0 0 1 0 $size 0 0 "${4:-0}" "${5:-0}" \
        $((${#1} + 1)) 0 "$1"
    head -c $(((4 - (110 + ${#1} + 1) % 4) % 4)) /dev/zero
    if [ -n "$3" ]; then
        cat "$3"
        head -c $(((4 - size % 4) % 4)) /dev/zero
    fi
}

cat >init <<'EOF'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
echo "processors: $(/bin/busybox grep -c ^processor /proc/cpuinfo)"
echo "sum: $(/bin/busybox seq 1 1000 | /bin/busybox sha256sum)"
echo "timer: $(/bin/busybox grep -c arch_timer /proc/interrupts)"
/bin/busybox sleep 1 && echo slept
if /bin/busybox grep -q typed /proc/cmdline; then
    exec /bin/busybox setsid /bin/busybox cttyhack /bin/busybox sh
fi
/bin/busybox poweroff -f
EOF
{
    for name in bin dev proc sys; do
        member $name 40755
    done
    member dev/console 20600 '' 5 1
    member dev/ttyAMA0 20600 '' 204 64
    member bin/busybox 100755 root/bin/busybox
    member init 100755 init
    member TRAILER!!! 0
} >initrd

# ---- Running ----------------------------------------------------------------

# NAME PATTERN... : the last run's output has all of them.
verdict() {
    name=$1
    shift
    for pattern in "$@"; do
        if ! grep -q -- "$pattern" out; then
            failed=$((failed + 1))
            echo "failed: $name: no '$pattern'"
            tail -n 5 out | cut -c 1-200
            return
        fi
    done
    passed=$((passed + 1))
    echo "$name"
}

run() {
    timeout 600 "$cairn" run "$@" >out 2>&1 </dev/null
}

sum=$(seq 1 1000 | sha256sum)

check_linux() {
    for gic in 2 3; do
        for cpus in $CPUS; do
            run virt --gic $gic --cpus "$cpus" --kernel "$image" \
                --initrd initrd --append 'console=ttyAMA0 panic=-1'
            verdict "Linux, GICv$gic, $cpus processors" "processors: $cpus" \
                "sum: $sum" 'timer: 1' slept 'the guest ended well'
        done
    done
    run virt --kernel "$image" --initrd initrd --append 'console=ttyAMA0 typed' \
        --expect '# ' --type 'echo $((6 * 7)) answers\n' \
        --expect '# ' --type 'poweroff -f\n'
    verdict 'Linux takes what is typed' '42 answers' 'the guest ended well'
}

check_uboot() {
    run virt --bios "$uboot" --memory 256M --expect 'autoboot:' --type ' ' \
        --expect '=> ' --type 'bdinfo\n' --expect '=> ' \
        --type 'mw.b 48000000 5a 10000; cp.b 48000000 48100000 10000\n' \
        --expect '=> ' --type 'cmp.b 48000000 48100000 10000\n' \
        --expect '=> ' --type 'dm tree\n' --expect '=> '
    verdict 'U-Boot: bdinfo, memory commands, dm tree' 'relocaddr' \
        '65536 byte(s) were the same' 'serial_pl01x' 'the guest ended well'
}

check_edk2() {
    rm -f variables.fd
    run virt --bios "$edk2" --flash variables.fd \
        --expect 'Shell> ' --type 'set kept yes-it-is\n' \
        --expect 'Shell> ' --type 'reset -s\n'
    verdict 'EDK2 to its shell and off' 'UEFI Interactive Shell' \
        'the guest ended well'
    run virt --bios "$edk2" --flash variables.fd \
        --expect 'Shell> ' --type 'set kept\n' \
        --expect 'Shell> ' --type 'reset -s\n'
    verdict 'EDK2 keeps its variables' 'yes-it-is' 'the guest ended well'
}

# The tree that we make is good for another machine of the same map.
control_linux() {
    if ! command -v qemu-system-aarch64 >/dev/null; then
        skipped=$((skipped + 1))
        echo 'SKIP: control: qemu-system-aarch64 is not here'
        return
    fi
    for gic in 2 3; do
        run virt --gic $gic --cpus 2 --kernel "$image" --initrd initrd \
            --append 'console=ttyAMA0 panic=-1' --max-instructions 1 \
            --guest-dtb tree.dtb
        timeout 120 qemu-system-aarch64 -machine virt,gic-version=$gic \
            -cpu cortex-a57 -smp 2 -m 512 -nographic -nodefaults \
            -serial stdio -kernel "$image" -initrd initrd -dtb tree.dtb \
            -append 'console=ttyAMA0 panic=-1' >out 2>&1 </dev/null
        verdict "QEMU boots Linux by our tree, GICv$gic" 'processors: 2' \
            "sum: $sum" 'timer: 1' slept
    done
}

control_linux
check_linux
check_uboot
check_edk2
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
