/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of micro-operations as the interpreter executes them: each macro is a
 * label of interpreter_run and the code behind it, which ends by dispatching
 * the next operation. They name its variables: cpu, r, op, page, slot, left, pc
 * and tlb.
 */
#ifndef ENGINE_INTERPRETER_OPERATIONS_H
#define ENGINE_INTERPRETER_OPERATIONS_H

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define XA       r[op->a]
#define XB       r[op->b]
#define XC       r[op->imm]
#define XIMM     ((uint64_t)op->imm)
#define NZCV     r[IR_NZCV]
#define A        ((uint32_t)r[op->a])
#define B        ((uint32_t)r[op->b])
#define IMM      ((uint32_t)op->imm)
#define DISPATCH goto *labels[op->opcode]
#define NEXT                                                                   \
    do {                                                                       \
        op++;                                                                  \
        DISPATCH;                                                              \
    } while (0)

#define COMPUTE(name, expression)                                              \
    name:                                                                      \
    r[op->d] = (uint32_t)(expression);                                         \
    NEXT;

#define COMPUTE64(name, expression)                                            \
    name:                                                                      \
    r[op->d] = (uint64_t)(expression);                                         \
    NEXT;

#define STATEMENT(name, statement)                                             \
    name:                                                                      \
    statement;                                                                 \
    NEXT;

/* The operations of operations.def. */
#define OWN(name, ...)

/* An operation and its flags. */
#define ARITHMETIC(name, width, operator, kind, operand)                       \
    name : {                                                                   \
        uint##width##_t a = (uint##width##_t)XA;                               \
        uint##width##_t b = (uint##width##_t)(operand);                        \
        uint##width##_t result = a operator b;                                 \
        NZCV = flags_##kind(a, b, result, width);                              \
        r[op->d] = result;                                                     \
        NEXT;                                                                  \
    }

#define LOGIC_FLAGS(name, width, operand)                                      \
    name : {                                                                   \
        uint##width##_t result = (uint##width##_t)(XA & (operand));            \
        NZCV = flags_logic(result, width);                                     \
        r[op->d] = result;                                                     \
        NEXT;                                                                  \
    }

#define CARRY(name, width, b)                                                  \
    name : {                                                                   \
        uint64_t nzcv = NZCV;                                                  \
        r[op->d] = add_carry##width((uint##width##_t)XA, b, &nzcv);            \
        NEXT;                                                                  \
    }

#define CARRY_FLAGS(name, width, b)                                            \
    name : {                                                                   \
        uint64_t nzcv = NZCV;                                                  \
        r[op->d] = add_carry##width((uint##width##_t)XA, b, &nzcv);            \
        NZCV = nzcv;                                                           \
        NEXT;                                                                  \
    }

/* An operation of T32: sets flags if `sets`. */
#define SHIFT(name, function, count, sets)                                     \
    name : {                                                                   \
        uint64_t nzcv = NZCV;                                                  \
        r[op->d] = function(A, count, &nzcv);                                  \
        NZCV = (sets) ? nzcv : NZCV;                                           \
        NEXT;                                                                  \
    }

#define COMPARE_IF(name, width, operator, kind)                                \
    name : {                                                                   \
        uint##width##_t a = (uint##width##_t)XA;                               \
        uint##width##_t b = (uint##width##_t)XB;                               \
        NZCV =                                                                 \
            condition_holds((unsigned)op->low, NZCV)                           \
                ? flags_##kind(a, b, (uint##width##_t)(a operator b), width)   \
                : (uint64_t)op->high;                                          \
        NEXT;                                                                  \
    }

/* A comparison and the branch on it, which is always near. */
#define COMPARE_BRANCH(name, width, operand)                                   \
    name : {                                                                   \
        uint##width##_t a = (uint##width##_t)XA;                               \
        uint##width##_t b = (uint##width##_t)(operand);                        \
        uint##width##_t result = (uint##width##_t)(a - b);                     \
        uint64_t nzcv = flags_sub(a, b, result, width);                        \
        unsigned target = (unsigned)op->high;                                  \
        NZCV = nzcv;                                                           \
        r[op->d] = result;                                                     \
        if (condition_holds(target >> 16, nzcv)) {                             \
            left += op->rest;                                                  \
            ENTER(target & 0xffff);                                            \
        }                                                                      \
        NEXT;                                                                  \
    }

/* Goes to a halfword of the same page, if the budget lasts for its block. */
#define ENTER(halfword)                                                        \
    do {                                                                       \
        slot = (uint32_t)(halfword);                                           \
        uint32_t entry = code_slot(page, slot)->map;                           \
        left -= entry >> 16;                                                   \
        if (unlikely(left < 0)) {                                              \
            left += entry >> 16;                                               \
            goto out_of_budget;                                                \
        }                                                                      \
        op = page->ops + (entry & 0xffff);                                     \
        DISPATCH;                                                              \
    } while (0)

/* A page-relative guest address: see guest_traits.position_independent. */
#define TOLD(address) ((page->base & distances) + (address))

#define GO(target)                                                             \
    do {                                                                       \
        pc = (target);                                                         \
        goto go;                                                               \
    } while (0)

#define BRANCH_NEAR(name, condition)                                           \
    name:                                                                      \
    if (condition) {                                                           \
        left += op->rest;                                                      \
        ENTER(op->imm);                                                        \
    }                                                                          \
    NEXT;

#define BRANCH(name, condition, target)                                        \
    name:                                                                      \
    if (condition) {                                                           \
        left += op->rest;                                                      \
        GO(target);                                                            \
    }                                                                          \
    NEXT;

/* An addition and the branch on its result, which is always near. */
#define ADD_BRANCH(name, relation)                                             \
    name : {                                                                   \
        uint32_t sum = A + (uint32_t)op->low;                                  \
        r[op->d] = sum;                                                        \
        if (sum relation B) {                                                  \
            left += op->rest;                                                  \
            ENTER(op->high);                                                   \
        }                                                                      \
        NEXT;                                                                  \
    }

/* State that a slow path may look at: this instruction has not retired yet. */
#define SYNC()                                                                 \
    do {                                                                       \
        r[IR_PC] = page->base + op->offset;                                    \
        cpu->core.retired = cpu->slice_end - (uint64_t)(left + op->rest + 1);  \
    } while (0)

#define PAGE_OF(address, size)                                                 \
    ((address) & (~(uint64_t)0xfff | (uint64_t)((size)-1)))
/* True if an entry with this tag answers an access that is not aligned. */
#define ANSWERS_UNALIGNED(tag, address, size)                                  \
    (((address) & ~(uint64_t)0xfff) == (tag) && !tlb->aligned_only &&          \
     ((address)&0xfff) + (size) <= 0x1000)

/* Accesses within pages that have an entry, the aligned ones first; all else
 * goes to the guest. */
#define LOAD(name, where, type, convert)                                       \
    name : {                                                                   \
        uint64_t address = (where);                                            \
        const struct vcpu_tlb_entry *entry =                                   \
            &tlb->data[vcpu_tlb_index(address)];                               \
        type value;                                                            \
        if (likely(PAGE_OF(address, sizeof(type)) == entry->tag[VCPU_READ]) || \
            ANSWERS_UNALIGNED(entry->tag[VCPU_READ], address, sizeof(type))) { \
            memcpy(&value, vcpu_host(entry, address), sizeof(value));          \
            r[op->d] = convert;                                                \
            NEXT;                                                              \
        }                                                                      \
        uint64_t wide[2];                                                      \
        SYNC();                                                                \
        if (!vcpu_load(cpu, address, sizeof(type), wide)) {                    \
            goto trapped;                                                      \
        }                                                                      \
        value = (type)wide[0];                                                 \
        r[op->d] = convert;                                                    \
        goto accessed;                                                         \
    }

#define STORE(name, where, type, what)                                         \
    name : {                                                                   \
        uint64_t address = (where);                                            \
        const struct vcpu_tlb_entry *entry =                                   \
            &tlb->data[vcpu_tlb_index(address)];                               \
        type value = (type)(what);                                             \
        if (likely(PAGE_OF(address, sizeof(type)) ==                           \
                   entry->tag[VCPU_WRITE]) ||                                  \
            ANSWERS_UNALIGNED(entry->tag[VCPU_WRITE], address,                 \
                              sizeof(type))) {                                 \
            memcpy(vcpu_host(entry, address), &value, sizeof(value));          \
            NEXT;                                                              \
        }                                                                      \
        const uint64_t wide[2] = {value, 0};                                   \
        SYNC();                                                                \
        if (!vcpu_store(cpu, address, sizeof(type), wide)) {                   \
            goto trapped;                                                      \
        }                                                                      \
        goto accessed;                                                         \
    }

#define LOAD_PAIR(name, type)                                                  \
    name : {                                                                   \
        uint64_t address = XA + XIMM;                                          \
        const struct vcpu_tlb_entry *entry =                                   \
            &tlb->data[vcpu_tlb_index(address)];                               \
        type value[2];                                                         \
        if (likely(PAGE_OF(address, sizeof(type)) == entry->tag[VCPU_READ] &&  \
                   PAGE_OF(address + sizeof(type), 1) !=                       \
                       address + sizeof(type)) ||                              \
            ANSWERS_UNALIGNED(entry->tag[VCPU_READ], address,                  \
                              2 * sizeof(type))) {                             \
            memcpy(value, vcpu_host(entry, address), sizeof(value));           \
            r[op->d] = value[0];                                               \
            r[op->b] = value[1];                                               \
            NEXT;                                                              \
        }                                                                      \
        uint64_t first[2];                                                     \
        uint64_t second[2];                                                    \
        SYNC();                                                                \
        if (!vcpu_load(cpu, address, sizeof(type), first) ||                   \
            !vcpu_load(cpu, address + sizeof(type), sizeof(type), second)) {   \
            goto trapped;                                                      \
        }                                                                      \
        r[op->d] = first[0];                                                   \
        r[op->b] = second[0];                                                  \
        goto accessed;                                                         \
    }

#define STORE_PAIR(name, type)                                                 \
    name : {                                                                   \
        uint64_t address = XA + XIMM;                                          \
        const struct vcpu_tlb_entry *entry =                                   \
            &tlb->data[vcpu_tlb_index(address)];                               \
        type value[2] = {(type)r[op->d], (type)r[op->b]};                      \
        if (likely(PAGE_OF(address, sizeof(type)) == entry->tag[VCPU_WRITE] && \
                   PAGE_OF(address + sizeof(type), 1) !=                       \
                       address + sizeof(type)) ||                              \
            ANSWERS_UNALIGNED(entry->tag[VCPU_WRITE], address,                 \
                              2 * sizeof(type))) {                             \
            memcpy(vcpu_host(entry, address), value, sizeof(value));           \
            NEXT;                                                              \
        }                                                                      \
        const uint64_t first[2] = {value[0], 0};                               \
        const uint64_t second[2] = {value[1], 0};                              \
        SYNC();                                                                \
        if (!vcpu_store(cpu, address, sizeof(type), first) ||                  \
            !vcpu_store(cpu, address + sizeof(type), sizeof(type), second)) {  \
            goto trapped;                                                      \
        }                                                                      \
        goto accessed;                                                         \
    }

#endif
