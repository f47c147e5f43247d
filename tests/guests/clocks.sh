# The virtio RTC device, as Linux' own driver sees it. Debian's kernels leave the
# driver out, and those of Debian 12 are older than it: kernel and driver are of
# Debian's backports to the release behind it. Ours alone: time is virtual time.
# SPDX-License-Identifier: Apache-2.0

clocks_needs=busybox
clocks_suite=trixie

clocks_cases() {
    for bus in mmio pci; do
        echo "clocks_run $bus"
        echo "clocks_leap $bus"
        echo "clocks_saved $bus"
    done
}

clocks_short() {
    :
}

# ---- Kernel and driver -------------------------------------------------------

# By a package state of its own, for arm64 and for this machine.
clocks_apt() {
    tool=$1
    shift
    "$tool" -o APT::Architectures::="$(dpkg --print-architecture)" \
        -o APT::Architectures::=arm64 \
        -o APT::Default-Release=$clocks_suite-backports \
        -o "Dir::State=$PWD/apt" -o "Dir::State::status=$PWD/apt/status" \
        -o "Dir::Cache=$PWD/apt/cache" -o Dir::Etc::sourceparts=- \
        -o "Dir::Etc::sourcelist=$PWD/apt/sources.list" \
        -o APT::Sandbox::User=root -o Acquire::Retries=1 "$@"
}

clocks_update() {
    mkdir -p apt/lists/partial apt/cache/archives/partial && : >apt/status
    mirror=$(apt-get indextargets --format '$(REPO_URI)' \
        'Created-By: Packages' 'Label: Debian' | sort -u | head -n 1)
    for suite in $clocks_suite $clocks_suite-backports; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
            "$mirror $suite main"
    done >apt/sources.list
    clocks_apt apt-get -qq update
}

# PACKAGE[:ARCHITECTURE]
clocks_package() {
    clocks_apt apt-get -qq download "$1" && dpkg-deb -x "${1%:*}"_*.deb tree &&
        rm "${1%:*}"_*.deb
}

# Tools of the kernel's build want the C library of their own release.
clocks_tools() {
    kbuild=$(echo "$PWD"/tree/usr/lib/linux-kbuild-*)
    loader=$(find "$PWD/tree/usr/lib" -name 'ld-linux-*.so.*' | head -n 1)
    cat >modpost <<END
#!/bin/sh
exec $loader --library-path $(dirname "$loader") \\
    $kbuild/scripts/mod/modpost.real-lsb-64 "\$@"
END
    # The compiler here need not know all that the kernel's own one does.
    cat >cc <<END
#!/bin/sh
for word in "\$@"; do
    shift
    case \$word in
    -fmin-function-alignment=*) word=-falign-functions=\${word#*=} ;;
    esac
    set -- "\$@" "\$word"
done
exec $PWD/tree/usr/bin/aarch64-linux-gnu-gcc-12 -B$PWD "\$@"
END
    chmod +x modpost cc && cp modpost "$kbuild/scripts/mod/modpost"
    for tool in as ld; do
        ln -sf "$(command -v aarch64-linux-gnu-$tool)" $tool
    done
}

clocks_build() {
    headers=$PWD/tree/usr/src/linux-headers-$release
    tar -xJf tree/usr/src/linux-source-*.tar.xz --strip-components 3 \
        --wildcards '*/drivers/virtio/virtio_rtc_*'
    {
        echo 'obj-m := virtio_rtc.o'
        for part in driver class ptp arm; do
            echo "virtio_rtc-y += virtio_rtc_$part.o"
        done
        for part in CLASS PTP ARM; do
            echo "ccflags-y += -DCONFIG_VIRTIO_RTC_$part=1"
        done
    } >Makefile
    echo "include ${headers%/*}/linux-headers-$version-common/Makefile" \
        >"$headers/Makefile"
    sed -i '/CONFIG_DEBUG_INFO_BTF_MODULES/d' "$headers/include/config/auto.conf"
    make -C "$headers" KBUILD_OUTPUT="$headers" M="$PWD" ARCH=arm64 \
        CROSS_COMPILE=aarch64-linux-gnu- CC="$PWD/cc" modules &&
        ./cc -O1 -ffreestanding -fno-stack-protector -nostdlib -static \
            -o clocks "$here/clocks_start.S" "$here/clocks.c"
}

# Makes vmlinuz, modules and the program in the folder of the guests; why not,
# in clocks.log.
clocks_driver() {
    driver=$folder/clocks
    [ ! -e "$driver/clocks" ] || return 0
    rm -rf "$driver.new" && mkdir -p "$driver.new" && (
        cd "$driver.new" || exit
        clocks_update || exit
        release=$(clocks_apt apt-cache depends linux-image-cloud-arm64:arm64 |
            sed -n 's/.*Depends: linux-image-\(.*\):arm64/\1/p')
        version=${release%-cloud-arm64}
        number=$(echo "$version" | cut -d. -f1-2)
        for package in "linux-binary-$release:arm64" \
            "linux-modules-$release:arm64" "linux-headers-$release:arm64" \
            "linux-headers-$version-common" "linux-kbuild-$version" libc6 \
            "linux-source-$number"; do
            clocks_package "$package" || exit
        done
        for package in gcc cpp; do
            driver_package "$package-12-aarch64-linux-gnu" host || exit
        done
        clocks_tools && clocks_build || exit
        cp tree/usr/lib/modules/*/vmlinuz . &&
            find tree/usr/lib/modules -name virtio_mmio.ko.xz \
                -exec xz -dc '{}' ';' >virtio_mmio.ko
    ) >clocks.log 2>&1 || return 1
    mkdir -p "$driver" &&
        mv "$driver.new/vmlinuz" "$driver.new"/*.ko "$driver.new/clocks" \
            "$driver" && rm -rf "$driver.new"
}

# NAME: false when there is no driver, and said so.
clocks_machine() {
    name=$1
    if ! clocks_driver; then
        say skipped "$name: no driver: $(tail -n 1 clocks.log)"
        return 1
    fi
    machine 3 1 1
    guest_package busybox
    {
        begin_initrd init-devices -name virtio_rtc.ko
        member bin/clocks 100755 "$driver/clocks"
        for module in virtio_mmio virtio_rtc; do
            member "modules/$module.ko" 100644 "$driver/$module.ko"
        done
        member 'TRAILER!!!' 0
    } >initrd
    kernel=$driver/vmlinuz initrd=initrd
    append="console=ttyAMA0 panic=-1 device=clocks"
}

# ---- Cases -------------------------------------------------------------------

# The first clock is the smeared one, and the kernel's: 1795365600 is the date.
# BUS
clocks_run() {
    clocks_machine "clocks, cross timestamps and an alarm, $1" || return
    want '^hwclock: Sun Nov 22 16:40:0' '^rtc: 2026-11-22 16:40:0' \
        '^clock: Virtio PTP type 3/variant 1' \
        '^clock: Virtio PTP type 0/variant 0' \
        '^clock: Virtio PTP type 1/variant 0' \
        '^clock: Virtio PTP type 2/variant 0' \
        '^/dev/ptp0: 179536560.\{10\} ns, drift -\{0,1\}.\{1,2\} ns, inside 2' \
        '^/dev/ptp1: 17953656[01].\{10\} ns, drift -\{0,1\}.\{1,2\} ns, inside 2' \
        '^/dev/ptp2: 17953656[34].\{10\} ns, drift -\{0,1\}.\{1,2\} ns, inside 2' \
        '^/dev/ptp3: .\{10\} ns, drift -\{0,1\}.\{1,2\} ns, inside 2' \
        '^alarm: 1a0 on the second' '^complaints: 0' 'Power down'
    judge_ours "$name" --plug "rtc,bus=$1" --rtc 2026-11-22T16:40:00Z
}

# 1483228800 is the midnight: TAI is 36 s ahead, 37 behind it.
# BUS
clocks_leap() {
    clocks_machine "a leap second, $1" || return
    append="console=ttyAMA0 panic=-1 device=leap"
    want '^behind TAI: UTC 36 s, smeared 36.50 s' \
        '^behind TAI: UTC 37 s, smeared 36.50 s' '^complaints: 0' 'Power down'
    judge_ours "$name" --plug "rtc,bus=$1" --rtc 2016-12-31T23:59:50Z
}

# The machine ends while the driver waits, and goes on from its snapshot.
# BUS
clocks_saved() {
    clocks_machine "an alarm that a snapshot has, $1" || return
    dialogue 'alarm: set' ''
    run_ours --plug "rtc,bus=$1" --rtc 2026-11-22T16:40:00Z --save ready
    timeout "$limit" "$cairn" run --restore ready --allow "$driver" \
        --output ours --max-instructions 60G >report 2>&1 </dev/null
    status=$?
    want '^alarm: 1a0 on the second' '^complaints: 0' 'Power down'
    judge_end $status
}
