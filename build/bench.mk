# Comparisons with peers: each program under bench/ prints one line per figure,
# tab-separated: figure, ours, peer, ratio (above 1 is better than the peer),
# unit; bench/figures.h has more of it.

BENCHES := $(foreach p,$(filter bench/%,$(PROGRAMS)),$(OUT)/$(p))

bench: $(BENCHES) all
	@for program in $(BENCHES); do $$program || exit 1; done

bench-caliptra: $(filter %/caliptra,$(BENCHES)) all
	@for program in $(filter %/caliptra,$(BENCHES)); do $$program || exit 1; done

bench-chain: $(filter %/chain,$(BENCHES)) all
	@$<

.PHONY: bench bench-caliptra bench-chain
