# Debian on the network of the user: ssh from the host by a forwarded port, by
# the key that make guest-debian has made, and apt-get in the guest with a
# server of packages on the host's loopback.
# SPDX-License-Identifier: Apache-2.0

network_needs=''

# TRANSPORT CPUS
network_cases() {
    echo 'network_logins mmio 2'
    echo 'network_logins pci 1'
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

network_logins() {
    machine 3 "$2" 1 cortex-a35 1024
    name="Debian on the network, $1, $shape"
    debian_files cloud "$name" || return
    if ! command -v ssh >/dev/null; then
        say skipped "$name: ssh (openssh-client) is not here"
        return
    fi
    port=$((20000 + $$ % 20000)) disk=$folder/debian/disk.img transport=$1
    echo "[127.0.0.1]:$port $(cat "$folder/debian/ssh-host-key")" >hosts
    network_package >log.package 2>&1
    network_server $((port + 1)) 2>log.server &
    server=$!
    run_ours --net "user,bus=$1,forward=tcp:$port:22" --expect 'Power down' &
    machine=$!
    network_await && network_ssh 'cat >/etc/apt/sources.list && apt-get -q update &&
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
