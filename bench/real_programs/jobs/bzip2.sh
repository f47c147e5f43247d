# bzip2: a text packed and unpacked
run() {
    head -c 1800000 "$text" | bzip2 >/tmp/packed
    bunzip2 </tmp/packed
    cat /tmp/packed
}
