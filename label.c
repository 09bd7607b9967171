// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of connection labels; see label.h. */
#include "label.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/file.h"
#include "lib/near.h"
#include "lib/text.h"

#define BLANKS " \t\r\n\v\f"

static char names[LABELS][48];

/* Decimal, or hexadecimal with 0x as nft takes it. */
static void label_read_line(char *line)
{
	char *rest, *number, *name, *end;
	unsigned long label;

	line[strcspn(line, "#")] = '\0';
	number = strtok_r(line, BLANKS, &rest);
	name = strtok_r(NULL, BLANKS, &rest);
	if (!name || !ascii_is_digit(*number))
		return;
	label = strtoul(number, &end, number[1] == 'x' ? 16 : 10);
	if (*end || label >= LABELS || *names[label] || label_find(name) >= 0)
		return;
	text_sanitise(names[label], sizeof(*names), name, strlen(name));
}

void label_read(const char *path)
{
	FILE *f = file_open(path, FILE_TEXT_MAX);
	char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) >= 0)
		label_read_line(line);
	free(line);
	if (f)
		fclose(f);
}

void label_init(void)
{
	label_read("/etc/connlabel.conf");
	label_read("/etc/xtables/connlabel.conf");
}

const char *label_name(unsigned label)
{
	return *names[label] ? names[label] : NULL;
}

int label_find(const char *name)
{
	for (unsigned i = 0; i < LABELS; i++) {
		if (*names[i] && !strcmp(names[i], name))
			return i;
	}
	return -1;
}

void label_near(struct near *near)
{
	for (unsigned i = 0; i < LABELS; i++)
		near_try(near, names[i]);
}
