// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * batch/sink.c - whole lines to a descriptor.
 *
 * poll(2) says when a pipe takes PIPE_BUF bytes without blocking; more than
 * that is never written at once, so that a stop is seen even while nobody
 * reads. The buffer ends at a line's end whenever it is flushed.
 */
#include "batch/sink.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"

#define BUF_SIZE (1 << 20)
#define LAST_LINE_MS 400	/* for the rest of a line, once stopped */

int sink_open(struct sink *s, int fd, int stop_fd, size_t longest)
{
	struct stat st;

	*s = (struct sink){ .fd = fd, .stop_fd = stop_fd, .size = BUF_SIZE + longest + 2 };
	s->regular = fstat(fd, &st) == 0 &&
		     (S_ISREG(st.st_mode) || (S_ISCHR(st.st_mode) && !isatty(fd)));
	s->buf = malloc(s->size);
	return s->buf ? 0 : -ENOMEM;
}

void sink_close(struct sink *s)
{
	free(s->buf);
	s->buf = NULL;
}

struct text sink_begin_line(struct sink *s)
{
	s->buf[s->len] = '\0';
	return (struct text){ .s = s->buf + s->len, .size = s->size - s->len - 1 };
}

bool sink_end_line(struct sink *s, const struct text *line)
{
	s->len += line->len;
	s->buf[s->len++] = '\n';
	if (s->len >= BUF_SIZE)
		return sink_flush(s);
	return s->state == SINK_OPEN;
}

/* Waits until it can be written to, stopped, or @fd be read. False: none in @ms. */
static bool wait_ready(struct sink *s, short events, int fd, int ms, bool *writable)
{
	struct pollfd p[] = {
		{ .fd = s->fd, .events = events },
		{ .fd = s->state == SINK_OPEN ? s->stop_fd : -1, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	int n = poll(p, 3, ms);

	if (p[1].revents)
		s->state = SINK_STOPPED;
	*writable = n > 0 && p[0].revents;
	return n > 0 || (n < 0 && errno == EINTR);
}

static void write_failed(struct sink *s)
{
	s->state = errno == EPIPE ? SINK_GONE : SINK_FAILED;
	s->error = s->state == SINK_FAILED ? errno : 0;
}

/* The end of the line that is begun at @done; @done where none is. */
static size_t line_end(const struct sink *s, size_t done)
{
	const char *nl;

	if (!done || s->buf[done - 1] == '\n')
		return done;
	nl = memchr(s->buf + done, '\n', s->len - done);
	return nl ? (size_t)(nl - s->buf) + 1 : s->len;
}

static size_t write_some(struct sink *s, const char *from, size_t len)
{
	ssize_t n = write(s->fd, from, s->regular || len < PIPE_BUF ? len : PIPE_BUF);

	if (n >= 0)
		return n;
	if (errno != EINTR && errno != EAGAIN)
		write_failed(s);
	return 0;
}

static int ms_left(uint32_t stopped_ms)
{
	uint32_t gone = clock_ms() - stopped_ms;

	return gone < LAST_LINE_MS ? LAST_LINE_MS - gone : 0;
}

bool sink_flush(struct sink *s)
{
	uint32_t stopped_ms = 0;
	size_t done = 0;

	if (s->state != SINK_OPEN)
		s->len = 0;
	while (done < s->len && s->state <= SINK_STOPPED) {
		bool was_open = s->state == SINK_OPEN, writable;

		if (!wait_ready(s, POLLOUT, -1, was_open ? -1 : ms_left(stopped_ms), &writable))
			break;
		if (was_open && s->state == SINK_STOPPED) {
			s->len = line_end(s, done);
			stopped_ms = clock_ms();
		}
		if (writable && done < s->len)
			done += write_some(s, s->buf + done, s->len - done);
	}
	s->len = 0;
	return s->state == SINK_OPEN;
}

bool sink_wait(struct sink *s, int fd, int ms)
{
	bool ready;

	if (s->state == SINK_OPEN && wait_ready(s, 0, fd, ms, &ready) && ready)
		s->state = SINK_GONE;
	return s->state == SINK_OPEN;
}

bool sink_pause(struct sink *s, int ms)
{
	return sink_wait(s, -1, ms);
}
