// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * who_ring/btf.c - offsets by the kernel's type information; see who_ring/btf.h.
 *
 * The types are one list without an index, each of a size of its own: one
 * walk counts and checks them, a second one compares names. What is wanted
 * may lie in a struct without a name inside of the one that is named.
 */
#include "who_ring/btf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"
#define SIZE_MAX_BTF (64u << 20)	/* some 6 MB are usual */
#define DEPTH 8				/* of structs without a name */

/* Kinds that older headers lack. */
#define KIND_DECL_TAG 17
#define KIND_ENUM64 19
#define KINDS 20

struct btf {
	const char *names;
	uint32_t names_len;
	const uint8_t *types;
	uint32_t types_len;
	uint32_t *at;		/* offset of each type; types count from 1 */
	uint32_t n;
};

/* What follows a type: a fixed part, and a part for each of its members. */
static const uint8_t fixed_size[KINDS] = {
	[BTF_KIND_INT] = sizeof(uint32_t), [BTF_KIND_ARRAY] = sizeof(struct btf_array),
	[BTF_KIND_VAR] = sizeof(struct btf_var), [KIND_DECL_TAG] = sizeof(uint32_t),
};

static const uint8_t member_size[KINDS] = {
	[BTF_KIND_STRUCT] = sizeof(struct btf_member), [BTF_KIND_UNION] = sizeof(struct btf_member),
	[BTF_KIND_ENUM] = sizeof(struct btf_enum), [BTF_KIND_FUNC_PROTO] = sizeof(struct btf_param),
	[BTF_KIND_DATASEC] = sizeof(struct btf_var_secinfo), [KIND_ENUM64] = 12,
};

static const struct btf_type *type_of(const struct btf *b, uint32_t id)
{
	return id && id <= b->n ? (const void *)(b->types + b->at[id]) : NULL;
}

static const char *name_of(const struct btf *b, uint32_t offset)
{
	return offset < b->names_len ? b->names + offset : "";
}

/* ---- the list ---- */

/* Size of the type at @at with all that follows it; 0: it is not whole. */
static uint32_t size_of(const struct btf *b, uint32_t at)
{
	const struct btf_type *t = (const void *)(b->types + at);
	uint32_t kind, size, left = b->types_len - at;

	if (left < sizeof(*t))
		return 0;
	kind = BTF_INFO_KIND(t->info);
	if (kind >= KINDS)
		return 0;
	size = sizeof(*t) + fixed_size[kind] + member_size[kind] * BTF_INFO_VLEN(t->info);
	return size <= left ? size : 0;
}

static int index_types(struct btf *b)
{
	uint32_t size;

	b->at = malloc((b->types_len / sizeof(struct btf_type) + 1) * sizeof(*b->at));
	if (!b->at)
		return -ENOMEM;
	for (uint32_t at = 0; at < b->types_len; at += size) {
		size = size_of(b, at);
		if (!size)
			return -EINVAL;
		b->at[++b->n] = at;
	}
	return 0;
}

static int parse_header(struct btf *b, const uint8_t *data, size_t size)
{
	struct btf_header h;
	size_t room;

	if (size < sizeof(h))
		return -EINVAL;
	memcpy(&h, data, sizeof(h));
	if (h.magic != BTF_MAGIC || h.version != BTF_VERSION || h.hdr_len > size)
		return -EINVAL;
	room = size - h.hdr_len;
	if (h.type_off % 4 || h.type_off > room || h.type_len > room - h.type_off ||
	    h.str_off > room || h.str_len > room - h.str_off || !h.str_len)
		return -EINVAL;
	b->types = data + h.hdr_len + h.type_off;
	b->types_len = h.type_len;
	b->names = (const char *)data + h.hdr_len + h.str_off;
	b->names_len = h.str_len;
	return b->names[h.str_len - 1] ? -EINVAL : 0;
}

/* ---- names ---- */

static int find_member(const struct btf *b, const struct btf_type *t, const char *name,
		       unsigned depth)
{
	const struct btf_member *m = (const void *)(t + 1);

	for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		uint32_t bits = BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m[i].offset) :
							  m[i].offset;
		const char *own = name_of(b, m[i].name_off);
		const struct btf_type *inner = *own ? NULL : type_of(b, m[i].type);
		int offset = -1;

		if (!strcmp(own, name))
			return bits / 8;
		if (inner && depth < DEPTH && (BTF_INFO_KIND(inner->info) == BTF_KIND_STRUCT ||
					       BTF_INFO_KIND(inner->info) == BTF_KIND_UNION))
			offset = find_member(b, inner, name, depth + 1);
		if (offset >= 0)
			return bits / 8 + offset;
	}
	return -1;
}

/* A variable by its name, among those of a section. */
static int find_variable(const struct btf *b, const struct btf_type *t, const char *name)
{
	const struct btf_var_secinfo *v = (const void *)(t + 1);

	for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		const struct btf_type *var = type_of(b, v[i].type);

		if (var && !strcmp(name_of(b, var->name_off), name))
			return v[i].offset;
	}
	return -1;
}

/* What a type says of one thing wanted; @twice: an earlier type said something else. */
static void look_for(const struct btf *b, const struct btf_type *t, struct btf_want *w,
		     bool *twice)
{
	int offset = w->member ? find_member(b, t, w->member, 0) : find_variable(b, t, w->type);

	if (offset < 0)
		return;
	*twice |= w->offset >= 0 && w->offset != offset;
	w->offset = offset;
}

static void find_wanted(const struct btf *b, struct btf_want *want, unsigned n, bool *twice)
{
	for (uint32_t id = 1; id <= b->n; id++) {
		const struct btf_type *t = type_of(b, id);
		const char *name = name_of(b, t->name_off);
		uint32_t kind = BTF_INFO_KIND(t->info);
		bool per_cpu = kind == BTF_KIND_DATASEC && !strcmp(name, ".data..percpu");

		if (kind != BTF_KIND_STRUCT && !per_cpu)
			continue;
		for (unsigned i = 0; i < n; i++)
			if (want[i].member ? !per_cpu && !strcmp(name, want[i].type) : per_cpu)
				look_for(b, t, &want[i], &twice[i]);
	}
}

int btf_search(const void *data, size_t size, struct btf_want *want, unsigned n)
{
	struct btf b = { .n = 0 };
	int ret = parse_header(&b, data, size);
	bool *twice = calloc(n, sizeof(*twice));

	if (!ret)
		ret = twice ? index_types(&b) : -ENOMEM;
	for (unsigned i = 0; i < n; i++)
		want[i].offset = -1;
	if (!ret)
		find_wanted(&b, want, n, twice);
	for (unsigned i = 0; !ret && i < n; i++)
		if (twice[i])
			want[i].offset = -1;
	free(twice);
	free(b.at);
	return ret;
}

/* ---- the kernel's ---- */

static bool read_all(int fd, char *buf, size_t size)
{
	size_t at = 0;

	while (at < size) {
		ssize_t n = read(fd, buf + at, size - at);

		if (n <= 0)
			return false;
		at += n;
	}
	return true;
}

int btf_read(struct btf_want *want, unsigned n)
{
	int fd = open(KERNEL_BTF, O_RDONLY | O_CLOEXEC), ret = -EINVAL;
	off_t size;
	char *data;

	if (fd < 0)
		return -errno;
	size = lseek(fd, 0, SEEK_END);
	data = size > 0 && size < SIZE_MAX_BTF ? malloc(size) : NULL;
	if (data && !lseek(fd, 0, SEEK_SET) && read_all(fd, data, size))
		ret = btf_search(data, size, want, n);
	free(data);
	close(fd);
	return ret;
}
