# Linux of both flavours of Debian, started directly.
# SPDX-License-Identifier: Apache-2.0

linux_needs='cloud generic busybox'

linux_cases() {
    for flavour in ${FLAVOURS:-cloud generic}; do
        for gic in 2 3; do
            for cpus in ${CPUS:-1 2 4 8}; do
                for el in 1 2; do
                    echo "linux_boot $flavour $gic $cpus $el cortex-a35"
                done
            done
        done
    done
    for cpus in 1 4; do
        for gic in 2 3; do
            echo "linux_boot cloud $gic $cpus 2 neoverse-n1"
        done
    done
    echo 'linux_boot generic 3 8 1 neoverse-n1'
    echo 'linux_typed'
    echo 'linux_random'
}

linux_short() {
    echo "linux_boot cloud 3 2 1 cortex-a35"
}

linux_sum=$(seq 1 1000 | sha256sum)

# What tests/guests/init prints wherever it runs.
want_init() {
    want "^processors: $1" "^sum: $linux_sum" '^packed: ' '^copied' \
        '^slept' '^complaints: 0' "^online: 0$([ "$1" = 1 ] ||
            echo "-$(($1 - 1))")"
}

# FLAVOUR GIC CPUS EL CPU
linux_boot() {
    machine "$2" "$3" "$4" "$5"
    kernel=$(guest_file "$1") initrd=$folder/initrd
    append='console=ttyAMA0 panic=-1 nokaslr'
    want_init "$cpus"
    want 'reboot: Power down'
    judge "Linux, $1, $shape" lines
}

linux_typed() {
    machine 2 1 1
    kernel=$(guest_file cloud) initrd=$(pwd)/initrd
    initrd "$(guest_file busybox)" "$guest_linux/init" >initrd
    append='console=ttyAMA0'
    dialogue '# ' 'echo $((6 * 7)) answers\n'
    dialogue '# ' 'poweroff -f\n'
    dialogue 'Power down'
    want '^42 answers'
    judge 'Linux takes what is typed' none
}

linux_random() {
    machine 3 2 1
    kernel=$(guest_file cloud) initrd=$folder/initrd
    append='console=ttyAMA0 panic=-1'
    want_init 2
    want 'KASLR enabled' 'reboot: Power down'
    judge 'Linux at a random place' none
}
