/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui/message.h - a message in the bottom line, for some seconds or until a key. */
#ifndef UI_MESSAGE_H
#define UI_MESSAGE_H

#include <stdint.h>

struct message {	/* for message.c alone */
	char text[256];
	uint32_t set_ms;
};

void message_set(struct message *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void message_clear(struct message *m);

/* "": none, or no longer. */
const char *message_now(const struct message *m);

#endif
