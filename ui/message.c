// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/message.c - see the header. */
#include "ui/message.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/clock.h"

#define MESSAGE_MS	6000

void message_set(struct message *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(m->text, sizeof(m->text), fmt, args);
	va_end(args);
	m->set_ms = clock_ms();
}

void message_clear(struct message *m)
{
	*m->text = '\0';
}

const char *message_now(const struct message *m)
{
	return clock_ms() - m->set_ms < MESSAGE_MS ? m->text : "";
}
