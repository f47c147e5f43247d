#!/bin/sh
# Files that options name: none that is written is read or written under
# another name too, and a command that is refused has changed none.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
guest=$PWD/build/out/guest/virt/console.elf
boards=$PWD/boards
cd "$work" || exit 1

# What is in the folder, by name and contents.
contents() {
    find . ! -name said ! -name before ! -name after ! -name log -type f -exec cksum {} + |
        sort
    find . ! -type f | sort
}

# CODE REASON ARGUMENT...: that exit code, for that reason, and no file is
# other than before.
refused() {
    code=$1
    reason=$2
    shift 2
    contents >before
    timeout 20 "$cairn" "$@" </dev/null >said 2>&1
    test $? -eq "$code" && grep -qF -e "$reason" said || {
        cat said
        return 1
    }
    contents >after
    cmp before after
}

# OUTPUT REASON ARGUMENT...: the same of two options that name one file.
shared() {
    output=$1
    reason=$2
    shift 2
    refused 2 "option '--$output': $reason" "$@"
}

run() {
    timeout 20 "$cairn" run virt --kernel k.bin --press power@1ms "$@" </dev/null >said 2>&1
}

cp "$guest" k.bin
ln k.bin hard
ln -s k.bin soft
mkdir in
cp "$guest" in/kernel
echo init >in/initrd
echo quiet >in/cmdline
head -c 4096 /dev/zero >disk
# Devices that a machine without the secure world leaves out.
for kind in blk net; do
    cat >"secure-$kind.dtso" <<EOF
/dts-v1/;
/plugin/;
&bus {
    secure_device: device@9110000 {
        compatible = "cairn,virtio-mmio-$kind";
        reg = <0x0 0x09110000 0x0 0x1000>;
        cairn,master = <&cores>;
        cairn,with-security;
    };
};
EOF
done
echo old >old

for option in output events log save guest-dtb hashes record; do
    expect "--$option is not the kernel" \
        shared $option "--kernel reads 'k.bin' too" \
        run virt --kernel k.bin --$option k.bin
done
cp k.bin k.txt
expect '--report is not the kernel' shared report "--kernel reads 'k.txt' too" \
    run virt --kernel k.txt --report new.txt --report k.txt
expect '--flash is not the kernel, by a hard link' \
    shared flash "--kernel reads 'hard' too, as 'k.bin'" \
    run virt --kernel k.bin --flash hard
expect 'nor by a soft one' \
    shared output "--kernel reads 'soft' too, as './k.bin'" \
    run virt --kernel ./k.bin --output soft
expect 'a serial port does not write it' \
    shared serial "--kernel reads 'k.bin' too" \
    run virt --kernel k.bin --serial file:k.bin
for option in initrd dtb bios input agent module=ramdisk image=flash0; do
    name=${option%%=*}
    value=old
    test "$name" = "$option" || value=${option#*=}=old
    needs=
    test "$name" != agent || needs=caliptra-1.1
    test -n "$needs" || needs="virt --kernel k.bin"
    expect "an output is not that of --$name" \
        shared events "--$name reads 'old' too" \
        run $needs --$name $value --events old
done
expect 'nor the firmware' shared log "--firmware reads 'old' too" \
    run caliptra-1.1 --firmware old --log old
expect 'nor a snapshot' shared log "--restore reads 'old' too" \
    run virt --kernel k.bin --restore old --log old
for file in kernel initrd cmdline; do
    expect "nor the $file of a guest's folder" \
        shared output "--guest reads 'in/../in/$file' too, as './in/$file'" \
        run virt --guest ./in --output "in/../in/$file"
done
cp "$boards"/virt.dts "$boards"/*.dtsi .
expect 'nor the board' shared output "BOARD reads 'virt.dts' too" \
    run virt.dts --kernel k.bin --output virt.dts
echo '/dts-v1/; /plugin/; / { };' >with.dtso
expect 'nor an overlay' shared output "--with reads 'with.dtso' too" \
    run virt --kernel k.bin --with with.dtso --output with.dtso
expect 'a disk is not the kernel' shared disk "--kernel reads 'k.bin' too" \
    run virt --kernel k.bin --disk file:k.bin
expect 'nor an output' shared disk "--output writes 'disk' too, as './disk'" \
    run virt --kernel k.bin --disk file:disk --output ./disk
expect 'unless it is only read' \
    shared output "--disk reads './disk' too, as 'disk'" \
    run virt --kernel k.bin --disk file:disk,read-only --output ./disk

expect 'two outputs are not one file' shared fuse-array \
    "--flash writes './f1' too, as 'f1'" \
    run trust --flash f1 --fuse-array ./f1
expect 'nor log and events' shared log "--events writes 'sm' too, as './sm'" \
    run virt --events ./sm --log sm
expect 'nor a serial port and the console' \
    shared serial "--output writes 'same' too" \
    run virt --kernel k.bin --serial file:same --output same
expect 'nor a serial port and a snapshot' \
    shared serial "--save writes 'z' too" \
    run virt --kernel k.bin --save z --serial file:z
expect 'nor two serial ports' shared serial "--serial writes './z' too, as 'z'" \
    run virt --kernel k.bin --serial file:z --serial secure_uart=file:./z
expect 'nor a socket and a file' shared gdb "--serial writes 'z' too" \
    run virt --kernel k.bin --serial unix:z --gdb unix:z
expect 'nor the second socket of a socket device' \
    shared vsock "--output writes 'z_packets' too" \
    run virt --kernel k.bin --vsock cid=3,path=z --output z_packets

expect 'devices and what is open may be shared' \
    run --output /dev/null --events /dev/null --log /dev/null \
    --serial file:/dev/null
expect 'a flash is read and written' run --flash new:own
continues() {
    run --save snap &&
        timeout 20 "$cairn" run --restore snap --save snap --expect none \
            --max-instructions 1000 </dev/null >said 2>&1
    ! grep -q 'snap.* too' said
}
expect 'a snapshot is continued and replaced' continues

# Whatever is wrong with an option is found before a file is opened.
while read -r code line; do
    expect "old files stay: $line" refused "$code" "cairn: run: " \
        run virt --kernel k.bin --events old --log old2 --output old3 \
        --hashes old4 --max-instructions 1000 $line
done <<'EOF'
2 --serial bad:x
2 --serial file
2 --serial tcp:x
2 --serial tcp:65536
2 --serial connect:x
2 --serial no=pty
2 --serial loopback --serial file:new
2 --serial file:new --serial loopback
2 --serial file:new --serial none=file:new2
1 --security --serial file:new --serial secure_uart=connect:unix:/nonexistent/x
2 --press no.such@1s
2 --press power
2 --console no
2 --cpu none
2 --disk none=file:disk
1 --disk x
2 --with secure-blk.dtso --disk disk
2 --with secure-net.dtso --net none
2 --hash-every 0
2 --rtc x
2 --gdb 65536
1 --module kernel=/nonexistent
1 --dtb /nonexistent
2 --cpus 99
2 --memory 1
1 --allow /nonexistent
1 --allow disk
EOF

# Commands that pack.
expect 'keys' "$cairn" keys new keys --seed files --lms 0 --no-owner-lms
caliptra="pack caliptra --keys keys --fmc disk --runtime old"
expect 'a bundle is not the FMC' shared out "--fmc reads './disk' too, as 'disk'" \
    $caliptra --out ./disk
expect 'nor a key' shared out "--keys reads 'keys/owner-ecc.pem' too" \
    $caliptra --out keys/owner-ecc.pem
expect 'nor its fuses' shared fuses "--out writes 'new' too" \
    $caliptra --out new --fuses new
expect 'a capsule is not its image' shared out "OPERAND reads 'disk' too" \
    pack capsule disk --out disk --guid 09d7cf52-0720-4710-91d1-08469b7fe9c8
expect 'nor its key' shared out "--key reads 'old' too" \
    pack capsule disk --out old --key old --certificate disk \
    --guid 09d7cf52-0720-4710-91d1-08469b7fe9c8
expect 'a picture is not its board' shared svg "OPERAND reads 'virt.dts' too" \
    board show virt.dts --svg virt.dts
sed 's/^keys:.*/keys: keys/' "$boards/trust.yaml" >recipe
expect 'a flash is not its recipe' shared out "OPERAND reads 'recipe' too" \
    pack flash recipe --out recipe
expect 'nor a key of it' \
    shared payload "RECIPE reads 'keys/owner-ecc.pem' too, as './keys/" \
    pack flash recipe --out new --payload keys/owner-ecc.pem

# Like mistakes have like exit codes: 1 is for what the host refuses.
for option in events log output save guest-dtb hashes record flash report; do
    expect "--$option in a folder that is not there fails" \
        refused 1 "--$option'" run virt --kernel k.bin --$option /nonexistent/x
done
for option in serial=file: serial=unix: gdb=unix:; do
    expect "so does ${option#*=}" refused 1 "--${option%=*}'" \
        run virt --kernel k.bin --${option%=*} "${option#*=}/nonexistent/x"
done
expect 'a board that is not built in is misuse' \
    refused 2 'built in are' run no-such-board
expect 'so it is for show' refused 2 'built in are' board show no-such-board
expect 'a folder that is not there is named' \
    refused 1 "folder '/nonexistent'" run virt --allow /nonexistent
expect 'threads for one processor have no effect' \
    refused 2 "'--parallel' has no effect" run virt --kernel k.bin --parallel
expect 'nor with --cpus 1' refused 2 "'--parallel' has no effect" \
    run virt --kernel k.bin --parallel --cpus 1
expect 'a file that is not there fails' \
    refused 1 'No such file' run ./no-such-board.dts

finish
