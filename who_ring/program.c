// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * who_ring/program.c - the filter of the event socket; see
 * who_ring/program.h.
 *
 * r6 is the message, r7 a place in it, r8 the error of any reading that
 * failed. What is read lies on the stack: the record, and pointers below it.
 */
#include "who_ring/program.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PF_KTHREAD 0x00200000		/* linux/sched.h */
#define INTERRUPTED 0x1fff00		/* of preempt_count: softirq, hardirq, NMI */
#define ALL 0xffffffff

#define RECORD (-(int)sizeof(struct who_record))
#define AT(member) (RECORD + (int)offsetof(struct who_record, member))
#define TASK (RECORD - 8)
#define POINTER (RECORD - 16)
#define BYTES (RECORD - 32)		/* 16 of them */

#define OPS_MAX 320
#define EXITS_MAX 32

struct program {
	struct bpf_insn op[OPS_MAX];
	unsigned n;
	unsigned pass[EXITS_MAX], passes;	/* jumps to "let it pass" */
	unsigned drop[EXITS_MAX], drops;	/* and to "drop it" */
};

/* ---- instructions, with the kernel's names for them (linux/filter.h) ---- */

#define OP(c, d, s, o, i) \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define MOV_REG(d, s) OP(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV_IMM(d, i) OP(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOV32_IMM(d, i) OP(BPF_ALU | BPF_MOV | BPF_K, d, 0, 0, i)
#define ALU_REG(op, d, s) OP(BPF_ALU64 | (op) | BPF_X, d, s, 0, 0)
#define ALU_IMM(op, d, i) OP(BPF_ALU64 | (op) | BPF_K, d, 0, 0, i)
#define LDX_MEM(size, d, s, o) OP(BPF_LDX | BPF_MEM | (size), d, s, o, 0)
#define STX_MEM(size, d, s, o) OP(BPF_STX | BPF_MEM | (size), d, s, o, 0)
#define ST_MEM(size, d, o, i) OP(BPF_ST | BPF_MEM | (size), d, 0, o, i)
#define JMP_IMM(op, d, i, o) OP(BPF_JMP | (op) | BPF_K, d, 0, o, i)
#define JMP(o) OP(BPF_JMP | BPF_JA, 0, 0, o, 0)
#define CALL(f) OP(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT() OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static void emit_ops(struct program *p, const struct bpf_insn *op, unsigned n)
{
	if (p->n + n > OPS_MAX)
		n = 0;		/* too long: program_load() sees that */
	memcpy(p->op + p->n, op, n * sizeof(*op));
	p->n += n ? n : OPS_MAX;
}

#define EMIT(p, ...) emit_ops(p, (const struct bpf_insn[]){ __VA_ARGS__ }, \
	sizeof((const struct bpf_insn[]){ __VA_ARGS__ }) / sizeof(struct bpf_insn))

/* A jump whose target is set later; with too many of them the program is too long. */
static void emit_exit(struct program *p, unsigned *at, unsigned *n, struct bpf_insn jump)
{
	if (*n == EXITS_MAX) {
		p->n += OPS_MAX;
		return;
	}
	at[(*n)++] = p->n;
	emit_ops(p, &jump, 1);
}

static void pass_if(struct program *p, struct bpf_insn jump)
{
	emit_exit(p, p->pass, &p->passes, jump);
}

static void drop_if(struct program *p, struct bpf_insn jump)
{
	emit_exit(p, p->drop, &p->drops, jump);
}

/* A constant of two instructions; @kind: what it stands for (BPF_PSEUDO_*). */
static void emit_wide(struct program *p, int reg, uint8_t kind, uint64_t n)
{
	EMIT(p, OP(BPF_LD | BPF_DW | BPF_IMM, reg, kind, 0, (int32_t)n),
	     OP(0, 0, 0, 0, (int32_t)(n >> 32)));
}

/* @len bytes of the message at r7 go to the stack. */
static void emit_load(struct program *p, int to, int len)
{
	EMIT(p, MOV_REG(1, 6), MOV_REG(2, 7), MOV_REG(3, 10), ALU_IMM(BPF_ADD, 3, to),
	     MOV_IMM(4, len), CALL(BPF_FUNC_skb_load_bytes));
	pass_if(p, JMP_IMM(BPF_JNE, 0, 0, 0));
}

/* @size bytes of the kernel at r3 go to the stack. */
static void emit_read_r3(struct program *p, int to, int size)
{
	EMIT(p, MOV_REG(1, 10), ALU_IMM(BPF_ADD, 1, to), MOV_IMM(2, size),
	     CALL(BPF_FUNC_probe_read_kernel), ALU_REG(BPF_OR, 8, 0));
}

/* The same, at @offset from where the pointer at @base leads. */
static void emit_read(struct program *p, int base, int offset, int to, int size)
{
	EMIT(p, LDX_MEM(BPF_DW, 3, 10, base), ALU_IMM(BPF_ADD, 3, offset));
	emit_read_r3(p, to, size);
}

/* ---- the tests of the message ---- */

/* r3 becomes the protocol. A message of another form passes without a record. */
static void emit_proto(struct program *p)
{
	struct nlattr proto = { .nla_len = sizeof(proto) + 1, .nla_type = CTA_PROTO_NUM };
	int32_t head;

	memcpy(&head, &proto, sizeof(head));
	EMIT(p, LDX_MEM(BPF_W, 2, 10, AT(head[MESSAGE_PROTO4 - 4])),
	     LDX_MEM(BPF_B, 3, 10, AT(head[MESSAGE_PROTO4])), JMP_IMM(BPF_JEQ, 1, AF_INET, 2),
	     LDX_MEM(BPF_W, 2, 10, AT(head[MESSAGE_PROTO6 - 4])),
	     LDX_MEM(BPF_B, 3, 10, AT(head[MESSAGE_PROTO6])));
	pass_if(p, JMP_IMM(BPF_JNE, 2, head, 0));
}

static void emit_tests(struct program *p, const struct who_ring_filter *f)
{
	unsigned n = f->n_protos <= PROGRAM_PROTOS_MAX ? f->n_protos : 0;

	EMIT(p, MOV_IMM(7, 0));
	emit_load(p, AT(head), MESSAGE_HEAD);
	EMIT(p, LDX_MEM(BPF_B, 1, 10, AT(head[MESSAGE_FAMILY])));
	if (f->family)
		drop_if(p, JMP_IMM(BPF_JNE, 1, f->family, 0));
	emit_proto(p);
	for (unsigned i = 0; i < n; i++)
		EMIT(p, JMP_IMM(BPF_JEQ, 3, f->protos[i], n - i));
	if (n)
		drop_if(p, JMP(0));
}

#define CT_MESSAGE(type) (NFNL_SUBSYS_CTNETLINK << 8 | (type))

/*
 * What the kernel itself says of a flow that begins (an entry that a program
 * made, conntrack -I, bears the port id of that program's socket), and what it
 * says of one that a program deleted.
 */
static void emit_is_wanted(struct program *p)
{
	unsigned deleted;

	EMIT(p, LDX_MEM(BPF_W, 2, 10, AT(head[MESSAGE_PORT_ID])),
	     LDX_MEM(BPF_H, 1, 10, AT(head[MESSAGE_TYPE])),
	     JMP_IMM(BPF_JNE, 1, CT_MESSAGE(IPCTNL_MSG_CT_DELETE), 2));
	pass_if(p, JMP_IMM(BPF_JEQ, 2, 0, 0));
	deleted = p->n;
	EMIT(p, JMP(0));
	pass_if(p, JMP_IMM(BPF_JNE, 1, CT_MESSAGE(IPCTNL_MSG_CT_NEW), 0));
	EMIT(p, LDX_MEM(BPF_H, 1, 10, AT(head[MESSAGE_FLAGS])), ALU_IMM(BPF_AND, 1, NLM_F_CREATE));
	pass_if(p, JMP_IMM(BPF_JEQ, 1, 0, 0));
	pass_if(p, JMP_IMM(BPF_JNE, 2, 0, 0));
	if (p->n <= OPS_MAX)
		p->op[deleted].off = p->n - deleted - 1;
}

/* r7 goes past the attribute whose header is at @at on the stack. */
static void emit_skip(struct program *p, int at)
{
	EMIT(p, LDX_MEM(BPF_H, 1, 10, at), ALU_IMM(BPF_ADD, 1, NLA_ALIGNTO - 1),
	     ALU_IMM(BPF_AND, 1, ~(NLA_ALIGNTO - 1) & 0xffff), ALU_REG(BPF_ADD, 7, 1));
}

/*
 * Past both tuples and the zone: the id and the status. A message that is late
 * (another listener's buffer was full) may come from who answers: no record.
 */
static void emit_id(struct program *p)
{
	unsigned zone;

	EMIT(p, MOV_IMM(7, MESSAGE_ATTRS));
	emit_skip(p, AT(head[MESSAGE_ATTRS]));
	emit_load(p, BYTES, 4);
	emit_skip(p, BYTES);
	emit_load(p, BYTES, 16);
	EMIT(p, LDX_MEM(BPF_H, 1, 10, BYTES + 2));
	zone = p->n;
	EMIT(p, JMP_IMM(BPF_JNE, 1, CTA_ZONE, 0), ALU_IMM(BPF_ADD, 7, 8));
	emit_load(p, BYTES, 16);
	EMIT(p, LDX_MEM(BPF_H, 1, 10, BYTES + 2));
	if (p->n <= OPS_MAX)
		p->op[zone].off = p->n - zone - 1;
	pass_if(p, JMP_IMM(BPF_JNE, 1, CTA_ID, 0));
	EMIT(p, LDX_MEM(BPF_H, 1, 10, BYTES + 8 + 2));
	pass_if(p, JMP_IMM(BPF_JNE, 1, CTA_STATUS, 0));
	EMIT(p, LDX_MEM(BPF_H, 1, 10, AT(head[MESSAGE_TYPE])),
	     JMP_IMM(BPF_JEQ, 1, CT_MESSAGE(IPCTNL_MSG_CT_DELETE), 3),
	     LDX_MEM(BPF_W, 1, 10, BYTES + 8 + 4),
	     ALU_IMM(BPF_AND, 1, (int32_t)htonl(IPS_SEEN_REPLY)));
	pass_if(p, JMP_IMM(BPF_JNE, 1, 0, 0));
	EMIT(p, LDX_MEM(BPF_W, 1, 10, BYTES + 4), STX_MEM(BPF_W, 10, 1, AT(id)));
}

/* ---- the task ---- */

static void emit_preempt(struct program *p, const struct kernel *k)
{
	switch (k->way) {
	case PREEMPT_TASK:
		emit_read(p, TASK, k->preempt, AT(preempt), 4);
		break;
	case PREEMPT_RUN_QUEUE:
		emit_read(p, TASK, k->entity_queue, POINTER, 8);
		emit_read(p, POINTER, k->queue_cpu, POINTER, 8);
		emit_read(p, POINTER, k->preempt, AT(preempt), 4);
		break;
	case PREEMPT_SYMBOL:
		EMIT(p, CALL(BPF_FUNC_get_smp_processor_id), ALU_IMM(BPF_LSH, 0, 3));
		emit_wide(p, 3, 0, k->cpu_offsets);
		EMIT(p, ALU_REG(BPF_ADD, 3, 0));
		emit_read_r3(p, POINTER, 8);
		emit_wide(p, 3, 0, k->preempt_symbol);
		EMIT(p, LDX_MEM(BPF_DW, 1, 10, POINTER), ALU_REG(BPF_ADD, 3, 1));
		emit_read_r3(p, AT(preempt), 4);
		break;
	}
}

/*
 * The task that runs begins the flow only where it was not interrupted, and is
 * no thread of the kernel's. Without a doubt: each reading must have worked.
 */
static void emit_is_own(struct program *p, const struct kernel *k)
{
	EMIT(p, CALL(BPF_FUNC_get_current_task), STX_MEM(BPF_DW, 10, 0, TASK), MOV_IMM(8, 0));
	emit_preempt(p, k);
	pass_if(p, JMP_IMM(BPF_JNE, 8, 0, 0));
	EMIT(p, LDX_MEM(BPF_W, 1, 10, AT(preempt)), ALU_IMM(BPF_AND, 1, INTERRUPTED));
	pass_if(p, JMP_IMM(BPF_JNE, 1, 0, 0));
	if (k->softirq >= 0) {
		emit_read(p, TASK, k->softirq, BYTES, 4);
		EMIT(p, LDX_MEM(BPF_W, 1, 10, BYTES), ALU_IMM(BPF_AND, 1, INTERRUPTED));
		pass_if(p, JMP_IMM(BPF_JNE, 1, 0, 0));
	}
	emit_read(p, TASK, k->flags, BYTES, 4);
	EMIT(p, LDX_MEM(BPF_W, 1, 10, BYTES), ALU_IMM(BPF_AND, 1, PF_KTHREAD));
	pass_if(p, JMP_IMM(BPF_JNE, 1, 0, 0));
}

static void emit_record(struct program *p, const struct kernel *k, int map)
{
	emit_read(p, TASK, k->tgid, AT(pid), 4);
	emit_read(p, TASK, k->leader, POINTER, 8);
	emit_read(p, POINTER, k->start, AT(start), 8);
	emit_read(p, POINTER, k->comm, AT(comm), sizeof(((struct who_record *)0)->comm));
	emit_read(p, TASK, k->cred, POINTER, 8);
	emit_read(p, POINTER, k->euid, AT(euid), 4);
	if (k->cgroups >= 0) {
		emit_read(p, TASK, k->cgroups, POINTER, 8);
		emit_read(p, POINTER, k->cgroup, POINTER, 8);
		emit_read(p, POINTER, k->node, POINTER, 8);
		emit_read(p, POINTER, k->node_id, AT(cgroup), 8);
	} else {
		EMIT(p, ST_MEM(BPF_DW, 10, AT(cgroup), 0));
	}
	pass_if(p, JMP_IMM(BPF_JNE, 8, 0, 0));
	emit_wide(p, 1, BPF_PSEUDO_MAP_FD, (uint32_t)map);
	EMIT(p, MOV_REG(2, 10), ALU_IMM(BPF_ADD, 2, RECORD), MOV_IMM(3, sizeof(struct who_record)),
	     MOV_IMM(4, BPF_RB_NO_WAKEUP), CALL(BPF_FUNC_ringbuf_output));
}

static void emit_ends(struct program *p)
{
	unsigned pass = p->n;

	EMIT(p, MOV32_IMM(0, (int32_t)ALL), EXIT());
	if (p->drops)	/* the verifier refuses code that is never reached */
		EMIT(p, MOV_IMM(0, 0), EXIT());
	if (p->n > OPS_MAX)
		return;
	for (unsigned i = 0; i < p->passes; i++)
		p->op[p->pass[i]].off = pass - p->pass[i] - 1;
	for (unsigned i = 0; i < p->drops; i++)
		p->op[p->drop[i]].off = pass + 2 - p->drop[i] - 1;
}

static int load_program(const struct program *p)
{
	union bpf_attr a = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .prog_name = "flowtop_who",
		.insns = (uintptr_t)p->op, .insn_cnt = p->n, .license = (uintptr_t)"GPL",
	};
	int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a));

	return fd < 0 ? -errno : fd;
}

int program_load(const struct kernel *k, const struct who_ring_filter *filter, int map)
{
	struct program p = { .n = 0 };

	EMIT(&p, MOV_REG(6, 1));
	emit_tests(&p, filter);
	emit_is_wanted(&p);
	emit_is_own(&p, k);
	emit_id(&p);
	emit_record(&p, k, map);
	emit_ends(&p);
	return p.n > OPS_MAX ? -E2BIG : load_program(&p);
}
