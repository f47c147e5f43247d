# Debian on a network: on that of the user ssh from the host by a forwarded port,
# by the key that make guest-debian has made, and apt-get in the guest with a
# server of packages on the host's loopback; iperf3 both ways with a server on
# either side, there and, for root, by a tap device.
# SPDX-License-Identifier: Apache-2.0

network_needs=''

# TRANSPORT CPUS
network_cases() {
    echo 'network_logins mmio 2'
    echo 'network_logins pci 1'
    for bus in mmio pci; do
        echo "network_iperf $bus 1"
        echo "network_iperf $bus 2"
        echo "network_iperf_tap $bus 1"
    done
}

network_short() {
    :
}

# A package, and what apt reads of it, in the folder `packages`.
network_package() {
    mkdir -p package/DEBIAN package/usr/bin packages &&
        printf '%s\n' 'Package: cairn-greeting' 'Version: 1' \
            'Architecture: all' 'Maintainer: nobody <nobody@example.org>' \
            'Description: greets' >package/DEBIAN/control &&
        printf '#!/bin/sh\necho "greetings from a package"\n' \
            >package/usr/bin/cairn-greeting &&
        chmod 755 package/usr/bin/cairn-greeting &&
        dpkg-deb --root-owner-group --build package packages/greeting.deb &&
        {
            cat package/DEBIAN/control
            echo 'Filename: ./greeting.deb'
            echo "Size: $(wc -c <packages/greeting.deb)"
            echo "SHA256: $(sha256sum packages/greeting.deb | cut -d ' ' -f 1)"
        } >packages/Packages
}

# PORT: serves the folder on loopback, with the Perl that every Debian has, and
# says what was asked for.
network_server() {
    perl -MIO::Socket::INET -e '
        my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1",
            LocalPort => shift, Listen => 8, ReuseAddr => 1) or die "$!\n";
        while (my $client = $server->accept) {
            my ($name) = (<$client> // "") =~ m{^GET /(?:\./)?([A-Za-z0-9._/+-]+) };
            while (<$client>) { last if /^\r?$/ }
            my $answer = "404 Not Found\r\nContent-Length: 0\r\n";
            my $bytes = "";
            print STDERR $name // "?", "\n";
            if (defined $name && $name !~ m{\.\.} && -f "packages/$name" &&
                open(my $file, "<:raw", "packages/$name")) {
                local $/;
                $bytes = <$file>;
                $answer = "200 OK\r\nContent-Length: " . length($bytes) . "\r\n";
            }
            print $client "HTTP/1.1 $answer" . "Connection: close\r\n\r\n$bytes";
            close $client;
        }' "$1"
}

network_ssh() {
    ssh -F none -i "$folder/debian/ssh-key" -p "$port" -o BatchMode=yes \
        -o UserKnownHostsFile=hosts -o ConnectTimeout=60 root@127.0.0.1 "$@"
}

# Whether the guest can be reached, while it runs.
network_await() {
    for _ in $(seq "$limit"); do
        network_ssh true 2>errors && return
        kill -0 "$machine" 2>/dev/null || return
        sleep 1
    done
    return 1
}

# TRANSPORT: starts Debian with that network, and comes back when ssh works.
network_start() {
    port=$((20000 + $$ % 20000)) disk=$folder/debian/disk.img transport=$1
    echo "[127.0.0.1]:$port $(cat "$folder/debian/ssh-host-key")" >hosts
    run_ours --net "user,bus=$1,forward=tcp:$port:22$2" --expect 'Power down' &
    machine=$!
    network_await
}

network_logins() {
    machine 3 "$2" 1 cortex-a35 1024
    name="Debian on the network, $1, $shape"
    debian_files cloud "$name" || return
    if ! command -v ssh >/dev/null; then
        say skipped "$name: ssh (openssh-client) is not here"
        return
    fi
    network_package >log.package 2>&1
    network_server $((20001 + $$ % 20000)) 2>log.server &
    server=$!
    network_start "$1" && network_ssh 'cat >/etc/apt/sources.list && apt-get -q update &&
        apt-get -q -y install cairn-greeting && cairn-greeting' <<END >said 2>&1
deb [trusted=yes] http://10.0.2.2:$((port + 1)) ./
END
    network_ssh poweroff >>said 2>&1
    wait $machine
    status=$?
    kill $server
    if [ $status -eq 0 ] && grep -q '^greetings from a package' said; then
        say passed "$name: ssh and apt-get"
    else
        say failed "$name: status $status: $(tail -n 5 said errors)"
    fi
}

# ---- Throughput ----------------------------------------------------------------

iperf_bytes=$((64 << 20))

# Why a case cannot be; nothing if it can.
iperf_lacks() {
    if ! command -v ssh >/dev/null; then
        echo 'ssh (openssh-client) is not here'
    elif ! command -v iperf3 >/dev/null; then
        echo 'iperf3 is not here'
    elif ! "$cairn" run virt --net user --max-instructions 1 2>&1 |
        grep -q libslirp; then
        return 1
    else
        echo 'libslirp is not here'
    fi
}

# FILE: what is wrong in a report of iperf3, by its own words: an error, or other
# numbers of bytes than were asked for. A receiver counts until the sender says
# that it is done, so what is still in the buffers of sockets is missing.
iperf_wrong() {
    perl -e '
        my ($file, $asked) = @ARGV;
        local $/;
        open(my $in, "<", $file) or die "$file: $!\n";
        my $text = <$in>;
        my %bytes;
        for my $side ("sent", "received") {
            ($bytes{$side}) = $text =~ /"sum_$side":\s*\{[^}]*?"bytes":\s*(\d+)/s;
        }
        my ($error) = $text =~ /"error":\s*"([^"]*)"/;
        if (defined $error) {
            print "$file: $error";
        } elsif (!defined $bytes{sent} || !defined $bytes{received}) {
            print "$file: no report";
        } elsif ($bytes{sent} < $asked || $bytes{received} > $bytes{sent} ||
                 $bytes{received} < $asked - (8 << 20)) {
            print "$file: $bytes{sent} bytes sent, $bytes{received} received";
        }' "$1" "$iperf_bytes" 2>&1
}

# What a client on the host has sent, or received, in the host's time.
iperf_rate() {
    perl -0777 -ne '
        printf "%d Mbit/s", $1 / 1e6
            if /"sum_'"$1"'":\s*\{[^}]*?"bits_per_second":\s*([0-9.e+]+)/s' "$2"
}

# Both ways with a server on each side, by the machine that network_ssh reaches:
# HOST PORT, the server of the host; PORT, the one that leads to the guest's.
iperf_both() {
    iperf3 --server --bind 127.0.0.1 --port "$2" >log.server 2>&1 &
    server=$!
    network_ssh 'iperf3 --server --daemon --port 5201' >>said 2>&1
    for way in '' --reverse; do
        # shellcheck disable=SC2086
        network_ssh "iperf3 --json --client $1 --port $2 --bytes $iperf_bytes $way" \
            >"guest$way.json" 2>>said
        # shellcheck disable=SC2086
        iperf3 --json --client 127.0.0.1 --port "$3" --bytes $iperf_bytes $way \
            >"host$way.json" 2>>said
    done
    kill $server
}

network_iperf() {
    machine 3 "$2" 1 cortex-a35 1024
    name="iperf3 in Debian on the user network, $1, $shape"
    debian_files cloud "$name" || return
    if why=$(iperf_lacks); then
        say skipped "$name: $why"
        return
    fi
    to_guest=$((20002 + $$ % 20000))
    network_start "$1" ",forward=tcp:$to_guest:5201" &&
        iperf_both 10.0.2.2 $((to_guest + 1)) $to_guest
    network_ssh poweroff >>said 2>&1
    wait $machine
    status=$?
    wrong=$(for report in guest guest--reverse host host--reverse; do
        iperf_wrong $report.json
    done)
    if [ $status -eq 0 ] && [ -z "$wrong" ]; then
        say passed "$name: $(iperf_rate received host--reverse.json) out, $(iperf_rate sent host.json) in"
    else
        say failed "$name: status $status: $wrong $(tail -n 5 said errors)"
    fi
}

# By a tap device, as root: two servers in the guest, one after the other, for
# two clients on the host; then the guest turns itself off.
network_iperf_tap() {
    machine 3 "$2" 1 cortex-a35 1024
    name="iperf3 in Debian on a tap device, $1, $shape"
    debian_files cloud "$name" || return
    if why=$(iperf_lacks); then
        say skipped "$name: $why"
        return
    fi
    tap=cairn$$ net=10.99.$(($$ % 250))
    if ! ip tuntap add dev "$tap" mode tap 2>errors; then
        say skipped "$name: no tap device can be made: $(tail -n 1 errors)"
        return
    fi
    ip addr add "$net.1/24" dev "$tap" && ip link set "$tap" up
    disk=$folder/debian/disk.img transport=$1
    dialogue 'debian login: ' 'root\n'
    debian_command 'systemctl stop systemd-networkd.socket systemd-networkd'
    debian_command "ip addr add $net.2/24 dev \$(ls /sys/class/net | grep -v lo)"
    debian_command 'ip link set $(ls /sys/class/net | grep -v lo) up; echo "net""work ready"'
    debian_command 'iperf3 --server --one-off; iperf3 --server --one-off; poweroff'
    : >ours
    run_ours --net "tap,name=$tap,bus=$1" &
    machine=$!
    if await_text ours 0 'network ready' $machine; then
        for way in '' --reverse; do
            # A server that has just ended, or not begun, refuses; with --json
            # that is status 0.
            for _ in $(seq 50); do
                # shellcheck disable=SC2086
                iperf3 --json --client "$net.2" --bytes $iperf_bytes $way \
                    >"host$way.json" 2>>said
                [ -n "$(iperf_wrong "host$way.json")" ] || break
                sleep 0.2
            done
        done
    fi
    wait $machine
    status=$?
    ip tuntap del dev "$tap" mode tap
    wrong=$(iperf_wrong host.json && iperf_wrong host--reverse.json)
    if [ $status -eq 0 ] && [ -z "$wrong" ]; then
        say passed "$name: $(iperf_rate received host--reverse.json) out, $(iperf_rate sent host.json) in"
    else
        say failed "$name: status $status: $wrong $(tail -n 5 said errors)"
    fi
}
