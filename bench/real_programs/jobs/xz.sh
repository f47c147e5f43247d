# xz: a text packed and unpacked
run() {
    head -c 500000 "$text" | xz -T1 >/tmp/packed
    xz -d </tmp/packed
    cat /tmp/packed
}
