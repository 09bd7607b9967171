/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * batch/sink.h - whole lines to a descriptor that may be slow, full or gone, and
 * that a signal may ask to leave alone. One thread.
 */
#ifndef BATCH_SINK_H
#define BATCH_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/text.h"

enum sink_state {
	SINK_OPEN,
	SINK_STOPPED,		/* stop_fd became readable: ended after a whole line */
	SINK_GONE,		/* the reader closed it */
	SINK_FAILED,		/* not written: error says why */
};

struct sink {
	int fd, stop_fd;
	char *buf;
	size_t len, size;
	enum sink_state state;
	int error;		/* errno of SINK_FAILED */
	bool regular;		/* a file, or /dev/null: writes need no waiting */
};

/* Lines may be up to @longest bytes. 0 or -ENOMEM. */
int sink_open(struct sink *s, int fd, int stop_fd, size_t longest);

/* What is not flushed is lost. */
void sink_close(struct sink *s);

/*
 * Room for a line, to be appended to. sink_end_line() takes it over and adds
 * the line break. False: the sink is not open any more.
 */
struct text sink_begin_line(struct sink *s);
bool sink_end_line(struct sink *s, const struct text *line);

/* Writes what is there, waiting for the reader. False: not open any more. */
bool sink_flush(struct sink *s);

/* Waits @ms, or less where it is stopped or its reader leaves. False then. */
bool sink_pause(struct sink *s, int ms);

/* The same, or less where @fd becomes readable. */
bool sink_wait(struct sink *s, int fd, int ms);

#endif
