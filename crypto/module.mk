# Algorithms that hardware models and formats need, and their tests.
MODULES += crypto

# Vectors of two limbs cost more than they save in carry chains.
crypto/modular.c.CFLAGS := -fno-tree-vectorize \
    $(addprefix -include ,$(wildcard crypto/limbs_$(MACHINE).h))
