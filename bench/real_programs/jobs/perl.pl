# SPDX-License-Identifier: Apache-2.0
# Hashes, substitutions and sorts over a text.
use strict;
use warnings;

my (%count, %after, $previous, $swapped);
open(my $text, '<', '/bench/text') or die;
while (my $line = <$text>) {
    last if $. > 12000;
    while ($line =~ /([A-Za-z_]\w*)/g) {
        $count{$1}++;
        $after{"$previous $1"}++ if defined $previous;
        $previous = $1;
    }
    $swapped += ($line =~ s/(\w+)\.(\w+)/$2.$1/g);
}
my @first = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
my @pairs = sort { $after{$b} <=> $after{$a} || $a cmp $b } keys %after;
print "$_ $count{$_}\n" for @first[0 .. 99];
print "$_ $after{$_}\n" for @pairs[0 .. 99];
print "$swapped\n";
