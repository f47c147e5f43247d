# Virtio devices without an outside, as Linux' own drivers see them. Ours alone:
# keys are pressed by virtual time.
# SPDX-License-Identifier: Apache-2.0

devices_needs='cloud generic busybox uboot'

devices_cases() {
    echo 'devices_legacy'
    echo 'devices_legacy_uboot'
    for bus in mmio pci; do
        echo "devices_inputs $bus"
        echo "devices_balloon $bus"
        echo "devices_gpio $bus"
        echo "devices_i2c $bus"
        echo "devices_sockets $bus"
        echo "devices_sockets_saved $bus"
    done
}

devices_short() {
    echo 'devices_legacy'
    echo 'devices_legacy_uboot'
    echo 'devices_inputs mmio'
    echo 'devices_sockets mmio'
}

# DEVICE [cloud|generic [MODULE...]]
devices_machine() {
    machine 3 1 1
    device=$1 flavour=${2:-cloud}
    shift $(($# < 2 ? $# : 2))
    guest_package "$flavour"
    {
        begin_initrd init-devices -path '*/virtio/virtio*.ko' \
            -o -name virtio_blk.ko -o -name virtio_net.ko \
            -o -name '*failover.ko' -o -name virtio-rng.ko \
            -o -name evdev.ko -o -name at24.ko -o -name lm75.ko \
            -o -name i2c-dev.ko
        for module in "$@"; do
            member "modules/${module##*/}" 100644 "$module"
        done
        [ ! -e sockets.guest ] || member sockets 100755 sockets.guest
        member 'TRAILER!!!' 0
    } >initrd
    kernel=$(guest_file "$flavour") initrd=initrd
    append="console=ttyAMA0 panic=-1 device=$device"
}

# BUS
devices_inputs() {
    devices_machine inputs
    want '^input: Cairn keyboard, keys .*, axes 0' \
        '^input: Cairn tablet, keys 70000 0 0 0 0, axes 3' \
        '^event: Cairn keyboard 1 28 1' '^event: Cairn keyboard 1 28 0' \
        '^event: Cairn tablet 3 0 16384' '^event: Cairn tablet 3 1 32767' \
        '^event: Cairn tablet 1 272 1' '^event: Cairn tablet 1 272 0' \
        '^event: Cairn tablet 0 0 0' '^complaints: 0' 'Power down'
    judge_ours "keys and positions, $1" --plug "keyboard,bus=$1" \
        --plug "tablet,bus=$1" --press keyboard0.enter@12s \
        --press tablet0.x=16384@13s --press tablet0.y=99999@14s \
        --press tablet0.left@15s
}

# ---- The legacy interface ---------------------------------------------------

legacy_files() {
    mkdir -p served && seq 1 100000 >served/served
    seq 1 2000000 | head -c 8388608 >disk
    set -- "$(sha256sum <disk)" "$(sha256sum <served/served)"
    disk_sum=$1 served_sum=$2
}

# By U-Boot, which merges no receive buffers, the header of packets is the short
# one, by Linux the long one.
devices_legacy() {
    devices_machine legacy
    legacy_files
    want '^device: 0x0001 version 1: 0, any layout: 1' \
        '^device: 0x0002 version 1: 0' \
        "^sum: $disk_sum" '^written: as read' '^random: 16' \
        '^bound: 10.0.2.15' "^served: $served_sum" '^complaints: 0'
    judge_ours 'Linux by legacy registers' --disk disk,bus=mmio-legacy,temporary \
        --net user,tftp=served,bus=mmio-legacy \
        --rng seeded,bus=mmio-legacy
}

devices_legacy_uboot() {
    LIMIT=${LIMIT:-120} devices_machine legacy
    legacy_files
    kernel='' initrd='' append='' bios=$(guest_file uboot)
    dialogue 'autoboot:' ' '
    dialogue '=> ' 'virtio info; virtio read 48000000 0 4000\n'
    dialogue '=> ' 'crc32 48000000 800000\n'
    dialogue '==> ' 'setenv autoload no; dhcp\n'
    # What is typed while U-Boot waits for the network is lost.
    dialogue 'bound to' ' '
    dialogue '=> ' 'tftpboot 50000000 served; crc32 50000000 $filesize\n'
    dialogue '==> ' 'virtio write 50000000 10 40; virtio read 52000000 10 40\n'
    dialogue '=> ' 'cmp.b 50000000 52000000 8000; echo over\n'
    dialogue 'were the same' 'echo over\n'
    dialogue 'over' ''
    want '16384 blocks read: OK' \
        "==> $(gzip -c disk | tail -c 8 | od -An -tx4 -N4 | tr -d ' ')" \
        'DHCP client bound to address 10.0.2.15' \
        "==> $(gzip -c served/served | tail -c 8 | od -An -tx4 -N4 |
            tr -d ' ')" '64 blocks written: OK' \
        'Total of 32768 byte(s) were the same'
    judge_ours 'U-Boot by legacy registers' \
        --disk disk,bus=mmio-legacy,temporary \
        --net user,tftp=served,bus=mmio-legacy
}

# Kilobytes of the running program that the host's memory holds, when the guest
# has said a word; 0 when it never does.
resident() {
    for _ in $(seq 1 $((limit * 100))); do
        if grep -q "^look: $1" ours 2>/dev/null; then
            sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$2/status"
            return
        fi
        kill -0 "$2" 2>/dev/null || break
        sleep 0.01
    done
    echo 0
}

# BUS
devices_balloon() {
    devices_machine balloon
    name="free memory goes back to the host, $1"
    "$cairn" run virt --gic 3 --kernel "$kernel" --initrd initrd \
        --append "$append" --output ours --plug "balloon,bus=$1,size=64M@60s" \
        >report 2>&1 </dev/null &
    process=$!
    filled=$(resident filled $process)
    removed=$(resident removed $process)
    wait $process
    status=$?
    want '^first free' '^last free' '^memory: good' '^complaints: 0'
    missing=$(lacks ours)
    if [ $status -ne 0 ] || [ -n "$missing" ] ||
        [ "$removed" -eq 0 ] || [ $((filled - removed)) -lt 200000 ]; then
        say failed "$name: status $status, resident $filled, then $removed" \
            "KiB, lacks: $missing"
        tail -n 12 report | cut -c 1-160
    else
        say passed "$name: resident $filled, then $removed KiB"
    fi
}

# ---- Drivers that Debian's kernel leaves out --------------------------------

# Fetches a package for arm64, or by this machine's own list for itself, and
# unpacks it.
driver_package() {
    if [ "$2" = arm64 ]; then
        apt_guest apt-get -qq download "$1"
    else
        apt-get -qq download "$1"
    fi && dpkg-deb -x "$1"_*.deb tree && rm "$1"_*.deb
}

# gpio-virtio and i2c-virtio of Linux' own source, for the kernel "generic",
# made in the folder of the guests; why not, in drivers.log.
drivers() {
    drivers=$folder/drivers
    [ ! -e "$drivers/i2c-virtio.ko" ] || return 0
    mkdir -p "$drivers.new" && (
        cd "$drivers.new" || exit
        release=$(basename "$(dirname "$(find "$folder/generic/lib/modules" \
            -name modules.order)")")
        driver_package "linux-headers-$release" arm64
        driver_package "linux-headers-${release%-arm64}-common" arm64
        driver_package linux-source-6.1 arm64
        driver_package linux-kbuild-6.1 host
        for package in gcc cpp; do
            driver_package "$package-12-aarch64-linux-gnu" host
        done
        tar -xJf tree/usr/src/linux-source-6.1.tar.xz --strip-components 4 \
            linux-source-6.1/drivers/i2c/busses/i2c-virtio.c
        tar -xJf tree/usr/src/linux-source-6.1.tar.xz --strip-components 3 \
            linux-source-6.1/drivers/gpio/gpio-virtio.c
        echo 'obj-m := gpio-virtio.o i2c-virtio.o' >Makefile
        sources=$PWD/tree/usr/src
        echo "include $sources/linux-headers-${release%-arm64}-common/Makefile" \
            >"$sources/linux-headers-$release/Makefile"
        for tool in as ld; do
            ln -sf "$(command -v aarch64-linux-gnu-$tool)" $tool
        done
        PATH=$PWD/tree/usr/bin:$PATH make -C "$sources/linux-headers-$release" \
            M="$PWD" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- \
            CC="aarch64-linux-gnu-gcc-12 -B$PWD" DEB_BUILD_ARCH=host \
            DEB_HOST_ARCH=arm64 DEB_HOST_GNU_TYPE=aarch64-linux-gnu modules
    ) >drivers.log 2>&1 || return 1
    mkdir -p "$drivers" && mv "$drivers.new"/*.ko "$drivers" &&
        rm -rf "$drivers.new"
}

# BUS
devices_gpio() {
    name="lines and their interrupts, $1"
    if ! drivers; then
        say skipped "$name: no driver: $(tail -n 1 drivers.log)"
        return
    fi
    devices_machine gpio generic "$drivers/gpio-virtio.ko"
    want '^lines: out in button' '^high: 1 1' '^low: 0 0' \
        '^interrupts before: 0' '^button before: 0' '^button: 1' \
        '^interrupts: 3' '^complaints: 0' 'Power down'
    case $1 in
    mmio)
        part=virtio0 slot='&virtio0 {' end='};'
        connect='"interrupt", "gic.spi16",'
        ;;
    pci)
        part=lines slot='&pcie { lines: gpio@1,0 { reg = <0x800 0 0 0 0>;'
        end='}; };' connect=
        ;;
    esac
    cat >lines.dtso <<END
/dts-v1/;
/plugin/;
$slot
    compatible = "cairn,virtio-$1-gpio";
    ngpios = <4>;
    gpio-line-names = "out", "in", "button", "";
    cairn,connect = $connect "line0", "$part.line1";
$end
END
    judge_ours "$name" --with lines.dtso --press "$part.line2@10s" \
        --press "$part.line2=1@12s"
}

# BUS
devices_i2c() {
    name="chips behind an adapter, $1"
    if ! drivers; then
        say skipped "$name: no driver: $(tail -n 1 drivers.log)"
        return
    fi
    devices_machine i2c generic "$drivers/i2c-virtio.ko"
    want '^bus: 40: -- -- -- -- -- -- -- -- 48 --' '^bus: 50: 50 -- ' \
        '^eeprom: Cairn EEPROM' '^eeprom size: 256' '^eeprom: protected' \
        '^sensor: lm75' '^degrees: 21500' '^limit: 60000' \
        '^degrees later: -5500' '^complaints: 0' 'Power down'
    judge_ours "$name" --plug "i2c,bus=$1,eeprom=Cairn EEPROM" \
        --press i2c0.temperature=21700@0s \
        --press i2c0.temperature=4294961996@10s
}

# ---- Sockets ----------------------------------------------------------------

# Compiles tests/guests/sockets.c for both ends: DEVICE NAME; false, after a word
# why, if that cannot be.
sockets_machine() {
    if ! cc -O1 -o sockets.host "$here/sockets.c" 2>sockets.log ||
        ! aarch64-linux-gnu-gcc -O1 -static -o sockets.guest \
            "$here/sockets.c" 2>>sockets.log; then
        say skipped "$2: no compiler: $(tail -n 1 sockets.log)"
        return 1
    fi
    guest_package cloud
    # shellcheck disable=SC2046
    devices_machine "$1" cloud $(find "$folder/$root/lib/modules" \
        -name vsock.ko -o -name 'vmw_vsock_virtio*.ko')
    sent='sockets: sent [0-9]* messages, [0-9]* bytes'
    received='sockets: received [0-9]* messages, [0-9]* bytes'
    hosts='' idle=''
}

# TYPE LONGEST WHAT PATH [PORT]: another end, whose output is in a file; its
# process is in $end.
sockets_host() {
    ./sockets.host "$@" >"host.$3.$4" 2>&1 &
    end=$!
}

# BUS. Linux 6.1 has no other error for a message that is too long.
devices_sockets() {
    name="sockets, streams and sequenced packets, $1"
    sockets_machine sockets "$name" || return
    longest=$(./sockets.host longest)
    append="$append longest=$longest"
    want "^packets, connected: $sent $received" \
        "^stream, connected: $sent $received" \
        "^packets, listened: $received $sent" \
        "^stream, listened: $received $sent" \
        '^stream at packets: sockets: connect: Connection reset by peer' \
        '^packets at nobody: sockets: connect: Connection reset by peer' \
        '^long packet: sockets: try: Cannot allocate memory' \
        '^flood: sockets: flood: Broken pipe' \
        '^long for the guest: sockets: waiting sockets: wait: Success' \
        '^complaints: 0' 'Power down'
    for row in 'packets listen vsock_1024' 'stream listen vsock_1025' \
        'packets greet vsock_packets 2000' 'stream greet vsock 2001'; do
        # shellcheck disable=SC2086
        set -- "$1" $row
        sockets_host "$2" "$longest" "$3" "$4" "$5"
        hosts="$hosts $end"
    done
    for row in '1000 listen vsock_1026' '1000 listen vsock_1028' \
        '1 hold vsock_1029' '65537 push vsock_1030'; do
        # shellcheck disable=SC2086
        sockets_host packets $row
        idle="$idle $end"
    done
    judge_ours "$name" --vsock "cid=3,path=vsock,bus=$1" --record inputs \
        --hashes hashes --hash-every 100000000 >outcome
    # shellcheck disable=SC2086
    kill $idle 2>/dev/null
    cat host.* >hosts
    # shellcheck disable=SC2086
    if ! wait $hosts; then
        kill $hosts 2>/dev/null
        say failed "$name: $(cat outcome) $(xargs <hosts)"
    elif ! grep -q 'the guest wants a stream at port 1026' log; then
        say failed "$name: no line says why a port was refused"
    elif ! grep -q "port 1030 is longer than the guest's buffer" log; then
        say failed "$name: no line says that a message was too long"
    elif grep -q '^passed' outcome; then
        sockets_again "$name" --vsock "cid=3,path=vsock,bus=$1"
    else
        cat outcome
    fi
}

# What came over sockets is an input: NAME OPTION...
sockets_again() {
    most=
    judge_ours "$@" --replay inputs --hashes hashes.again \
        --hash-every 100000000 >outcome
    if grep -q '^passed' outcome && ! cmp -s hashes hashes.again; then
        say failed "$1: another state when it is replayed"
    else
        cat outcome
    fi
}

# Linux 6.1 reads the end of packets where it has an error for a stream. BUS
devices_sockets_saved() {
    name="sockets of a machine that was saved, $1"
    sockets_machine sockets_saved "$name" || return
    want '^packets, waited: sockets: waiting sockets: wait: Success' \
        '^stream, waited: sockets: waiting sockets: wait: Connection reset' \
        "^packets, connected: $sent $received" \
        "^stream, connected: $sent $received" '^complaints: 0' 'Power down'
    for row in 'packets 600 hold vsock_1024' 'stream 600 hold vsock_1025' \
        'packets 1000 listen vsock_1026' 'stream 1000 listen vsock_1027'; do
        # shellcheck disable=SC2086
        sockets_host $row
        idle="$idle $end"
    done
    dialogue 'now: waiting' ''
    run_ours --vsock "cid=3,path=vsock,bus=$1" --save saved
    timeout "$limit" "$cairn" run --restore saved --output ours \
        --vsock "cid=3,path=vsock,bus=$1" >report 2>&1 </dev/null
    status=$?
    # shellcheck disable=SC2086
    kill $idle 2>/dev/null
    judge_end $status
    rm -f saved
}
