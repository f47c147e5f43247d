# perl: hashes, substitutions and sorts over a text
run() {
    perl perl.pl
}
