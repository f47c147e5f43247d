# Networks: firmware and Linux on the user network, beside programs that stall
# too, two machines on a switch or a cable of datagrams, a run that replays without
# its network. Ours alone, as QEMU's guests have another time.
# SPDX-License-Identifier: Apache-2.0

lan_needs='uboot cloud busybox'

lan_cases() {
    for bus in mmio pci; do
        for cpus in 1 2; do
            echo "lan_linux $bus $cpus"
        done
    done
    echo 'lan_uboot'
    echo 'lan_switch'
    echo 'lan_dgram unix'
    echo 'lan_dgram udp'
    echo 'lan_stalled mmio'
    echo 'lan_stalled pci'
    echo 'lan_replayed'
}

lan_short() {
    echo 'lan_linux mmio 1'
}

# What comes from a network comes at another place in each run.
lacks_network() {
    if [ -n "$ENGINES" ]; then
        say skipped "$1: a network answers each engine differently"
    elif ! "$cairn" run virt --net user,tftp=served --max-instructions 1 2>&1 |
        grep -q libslirp; then
        return 1
    else
        say skipped "$1: libslirp is not here"
    fi
}

# The file that is served, of two million bytes.
lan_machine() {
    machine 3 "$1" 1
    mkdir -p served && seq 1 300000 >served/served
    guest_package cloud
    {
        begin_initrd init-lan -path '*/virtio/virtio*.ko' \
            -o -name virtio_net.ko -o -name '*failover.ko'
        member 'TRAILER!!!' 0
    } >initrd
    kernel=$(guest_file cloud) initrd=initrd
    append='console=ttyAMA0 panic=-1'
}

# BUS CPUS
lan_linux() {
    lan_machine "$2"
    name="Linux fetches a file, $1, $2 processors"
    lacks_network "$name" && return
    want '^bound: 10.0.2.15 10.0.2.2 10.0.2.3' \
        '^mtu: 1400 address: 52:54:00:00:00:09' \
        'ping: 3 packets transmitted, 3 packets received' \
        "^served: $(sha256sum <served/served)" '^complaints: 0' 'Power down'
    judge_ours "$name" --net "user,tftp=served,bus=$1,queues=$2,mtu=1400,\
mac=52:54:00:00:00:09,pcap=packets" >judged
    if command -v tcpdump >/dev/null &&
        ! tcpdump -nr packets 2>/dev/null | grep -q 'BOOTP/DHCP, Reply'; then
        say failed "$name: tcpdump reads no reply in the packet log" >judged
    fi
    cat judged
}

lan_uboot() {
    lan_machine 1
    lacks_network 'U-Boot fetches a file' && return
    kernel='' initrd='' append='' bios=$(guest_file uboot)
    dialogue 'autoboot:' ' '
    dialogue '=> ' 'setenv autoload no; dhcp\n'
    dialogue '=> ' 'tftpboot 48000000 served; crc32 48000000 $filesize\n'
    dialogue '==> ' 'echo over\n'
    dialogue 'over' ''
    want 'DHCP client bound to address 10.0.2.15' \
        "Bytes transferred = $(($(wc -c <served/served)))" \
        "==> $(gzip -c served/served | tail -c 8 | od -An -tx4 -N4 |
            tr -d ' ')"
    judge_ours 'U-Boot fetches a file' --net user,tftp=served
}

# NAME NETWORK NETWORK: two machines with these options of --net, each of which
# pings the other and fetches a file from it.
lan_pair() {
    want '^ping: 20 packets transmitted, 20 packets received' '^got: 1000000 lines' \
        '^complaints: 0'
    append='console=ttyAMA0 panic=-1 static=10.1.0.2 peer=10.1.0.1'
    mkdir -p other
    (
        cd other || exit
        initrd=../initrd append="${append%static*}static=10.1.0.1 peer=10.1.0.2"
        cp ../dialogue .
        run_ours --net "$2,mac=52:54:00:00:00:01"
    ) &
    await 10 [ -e "${lan_first:-other/log}" ]
    judge_ours "$1" --net "$3,mac=52:54:00:00:00:02" >judged
    wait $!
    missing=$(lacks other/ours)
    [ -z "$missing" ] || say failed "$1: the other lacks: $missing" >judged
    cat judged
}

lan_switch() {
    lan_machine 1
    lan_first=lab
    lan_pair 'two machines on a switch' switch,path=../lab switch,path=lab
}

# KIND: unix or udp. No address has to be there before the other.
lan_dgram() {
    lan_machine 1
    case $1 in
    unix) set -- "$1" unix:../one unix:../two unix:two unix:one ;;
    udp)
        port=$((20000 + $$ % 20000))
        set -- "$1" 127.0.0.1:$port 127.0.0.1:$((port + 1)) \
            127.0.0.1:$((port + 1)) 127.0.0.1:$port
        ;;
    esac
    lan_pair "two machines by datagrams, $1" "dgram,local=$2,remote=$3" \
        "dgram,local=$4,remote=$5"
}

# BUS: a server and a client of the host that read nothing: what Linux sends to
# them waits in Linux, all else goes on, and nothing of it is lost.
lan_stalled() {
    lan_machine 1
    name="Linux sends to programs that stall, $1"
    lacks_network "$name" && return
    port=$((20000 + $$ % 20000))
    append="$append stalled=$port"
    want '^blocked: 2 of 2' '^drained: 33554432 33554432' '^complaints: 0' \
        "^beside: $(sha256sum <served/served)" 'Power down' \
        '^beside: 3 packets transmitted, 3 packets received'
    perl "$here/stalled" "$port" >stalled.log 2>&1 &
    server=$!
    judge_ours "$name" --net "user,bus=$1,tftp=served,forward=tcp:$((port + 2)):5000" >judged
    kill $server
    # Of the 64 MiB a quarter may be under way, in Linux' memory too.
    grew=$(sed -n 's/^grew: //p' stalled.log)
    [ "${grew:-99999}" -lt 16384 ] ||
        say failed "$name: $(cat stalled.log)" >judged
    sed "1s/\$/: $grew KiB more memory/" judged
}

lan_replayed() {
    lan_machine 1
    name='a run with a network replays without it'
    lacks_network "$name" && return
    run_ours --net user,tftp=served --record inputs
    mv report recorded
    rm -r served
    "$cairn" run virt --gic 3 --cpus 1 --memory 512M --net user,tftp=served \
        --kernel "$kernel" --initrd initrd --append "$append" \
        --replay inputs >report 2>&1
    if [ $? = 0 ] && grep -q '^bound: ' ours &&
        [ "$(grep '^  state ' recorded)" = "$(grep '^  state ' report)" ]; then
        say passed "$name"
    else
        say failed "$name: $(grep -h '^  state ' recorded report)"
        tail -n 12 report | cut -c 1-160
    fi
}
