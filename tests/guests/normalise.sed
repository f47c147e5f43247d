# What two runs of a guest may print differently on one machine: times, where
# tables of an ITS are, and what steers a terminal.
s/\r//g
s/\x1b\[[0-9;=?]*[A-Za-z]//g
s/\x08//g
s/^\(([A-Z0-9]*) \)\{0,1\}\[ *[0-9]*\.[0-9]*\] /\1/
s/\[ *[0-9]*\.[0-9]\{6\}\] //
s/\(systemd[a-z-]*\|(sd-[a-z]*)\)\[[0-9]*\]: /\1[PID]: /
s/ initialised in [0-9]*ms/ initialised/
s/audit([0-9.:]*)/audit(time)/
s/(polled [0-9]* ms)/(polled)/
s/\(setting system clock to 1970-01-01T\)[0-9:]* UTC ([0-9]*)/\1time/
s/\(Time: *\)[0-9:]*$/\1time/
s/^\(ITS@.* allocated .* \|GICv3: .* table \)@[0-9a-fx]*/\1@PLACE/
s/[[:space:]]*$//
/^$/d
$a\
