# prime: openssl, primality of a number of 1,279 bits
run() {
    openssl prime -hex "7$(printf 'F%.0s' $(seq 319))"
}
