# cc1: GCC compiles C for a microcontroller
prepare() {
    for i in 1 2 3; do
        sed "s/@/$i/g" cc1.c.in
    done >/tmp/work.c
}
run() {
    /usr/lib/gcc/avr/*/cc1 -quiet -O2 -std=c11 /tmp/work.c -o -
}
