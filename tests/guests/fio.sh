# fio in Debian on a second disk: what it writes is what it reads, by all
# transports, block sizes and depths.
# SPDX-License-Identifier: Apache-2.0

fio_needs=''

# TRANSPORT GIC CPUS OPTIONS
fio_cases() {
    for transport in mmio pci; do
        echo "fio_verify $transport 3 1 rw=randwrite,bs=4k,iodepth=1"
        echo "fio_verify $transport 3 4 rw=randwrite,bs=4k,iodepth=32,numjobs=4,offset_increment=16M,size=16M"
        echo "fio_verify $transport 2 2 rw=randwrite,bsrange=512-256k,iodepth=16"
        echo "fio_verify $transport 3 2 rw=write,bs=1M,iodepth=4,fsync=4"
        echo "fio_verify $transport 3 1 rw=randtrimwrite,bs=64k,iodepth=8"
    done
}

fio_short() {
    echo 'fio_verify mmio 3 2 rw=randwrite,bsrange=512-256k,iodepth=16'
}

fio_verify() {
    machine "$2" "$3" 1 cortex-a35 1024
    name="fio, $4, $1, $shape"
    debian_files cloud "$name" || return
    append="$append ro init=/usr/local/sbin/fio-init fio=verify=crc32c,verify_fatal=1,$4"
    truncate -s 64M disk.data
    run_ours --disk "$folder/debian/disk.img,read-only,bus=$1" \
        --disk "disk.data,bus=$1"
    # The status, and no complaint of the kernel before the end.
    tr -d '\r' <ours | sed -n '/^fio: end/,/sysrq: Power Off/p' >ours.fio
    if [ "$(wc -l <ours.fio)" -eq 2 ] && grep -q '^fio: end 0$' ours.fio; then
        say passed "$name"
    else
        say failed "$name: $(tail -n 12 ours)"
    fi
}
