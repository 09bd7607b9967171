// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/command.c - the arguments of processes; see proc_pid/command.h.
 */
#include "proc_pid/command.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/text.h"
#include "proc_pid/scan.h"

#define READERS 4
#define WAIT_MS 50
#define RAW_MAX 4096
#define CUT_MARK "\xef\xbf\xbd"	/* U+FFFD, by text_sanitise() */

enum reader_state { READER_IDLE, READER_ASKED, READER_DONE };

struct reader {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;
	enum reader_state state;
	bool quit, left_alone;		/* the thread frees itself */
	int proc_fd;			/* for this thread only */
	uint32_t pid, uid;
	int len;
	char raw[RAW_MAX];
};

struct commands {
	int proc_fd;
	struct reader *reader[READERS];
	unsigned n;
};

/* ---- a thread that reads ---- */

static int reader_read(int proc_fd, uint32_t pid, char *buf, size_t size)
{
	char path[32];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%u/cmdline", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, buf, size - 1);
	if (len < 0)
		len = -errno;
	close(fd);
	buf[len > 0 ? len : 0] = '\0';
	return len;
}

static void reader_free(struct reader *r)
{
	pthread_cond_destroy(&r->change);
	pthread_mutex_destroy(&r->lock);
	if (r->proc_fd >= 0)
		close(r->proc_fd);
	free(r);
}

static void *reader_run(void *arg)
{
	struct reader *r = arg;
	bool left_alone;

	pthread_setname_np(pthread_self(), "commands");
	pthread_mutex_lock(&r->lock);
	while (!r->quit) {
		if (r->state != READER_ASKED) {
			pthread_cond_wait(&r->change, &r->lock);
			continue;
		}
		pthread_mutex_unlock(&r->lock);
		r->len = reader_read(r->proc_fd, r->pid, r->raw, sizeof(r->raw));
		pthread_mutex_lock(&r->lock);
		r->state = READER_DONE;
		pthread_cond_broadcast(&r->change);
	}
	left_alone = r->left_alone;
	pthread_mutex_unlock(&r->lock);
	if (left_alone)
		reader_free(r);
	return NULL;
}

static void change_init(pthread_cond_t *change)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(change, &attr);
	pthread_condattr_destroy(&attr);
}

static struct reader *reader_new(int proc_fd)
{
	struct reader *r = calloc(1, sizeof(*r));
	int error;

	if (!r)
		return NULL;
	pthread_mutex_init(&r->lock, NULL);
	change_init(&r->change);
	r->proc_fd = fcntl(proc_fd, F_DUPFD_CLOEXEC, 0);
	error = r->proc_fd < 0 ? errno : pthread_create(&r->thread, NULL, reader_run, r);
	if (!error)
		return r;
	reader_free(r);
	errno = error;
	return NULL;
}

static void reader_end(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	r->quit = true;
	r->left_alone = r->state == READER_ASKED;
	if (r->left_alone) {
		pthread_detach(r->thread);
		pthread_mutex_unlock(&r->lock);
		return;
	}
	pthread_cond_broadcast(&r->change);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	reader_free(r);
}

/* ---- asking ---- */

struct commands *commands_new(int proc_fd)
{
	struct commands *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->proc_fd = proc_fd;
	c->reader[0] = reader_new(proc_fd);
	if (!c->reader[0]) {
		free(c);
		return NULL;
	}
	c->n = 1;
	return c;
}

void commands_free(struct commands *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < c->n; i++)
		reader_end(c->reader[i]);
	free(c);
}

/* Does it hang at this process, or at another of the same user (not root, who has many)? */
static bool hangs_at(const struct reader *r, uint32_t pid, uint32_t uid)
{
	return r->state == READER_ASKED && (r->pid == pid || (uid && r->uid == uid));
}

/* A reader that does not hang. NULL: none, or one hangs at this process or user. */
static struct reader *find_reader(struct commands *c, uint32_t pid, uint32_t uid)
{
	struct reader *found = NULL;

	for (unsigned i = 0; i < c->n; i++) {
		struct reader *r = c->reader[i];
		bool hangs;

		pthread_mutex_lock(&r->lock);
		hangs = hangs_at(r, pid, uid);
		if (r->state != READER_ASKED)
			found = r;
		pthread_mutex_unlock(&r->lock);
		if (hangs)
			return NULL;
	}
	if (found || c->n == READERS)
		return found;
	found = reader_new(c->proc_fd);
	if (found)
		c->reader[c->n++] = found;
	return found;
}

static struct timespec reader_deadline(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += WAIT_MS * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* Waits for the answer. False: not in time. */
static bool reader_ask(struct reader *r, uint32_t pid, uint32_t uid)
{
	struct timespec until = reader_deadline();
	int error = 0;
	bool done;

	pthread_mutex_lock(&r->lock);
	r->pid = pid;
	r->uid = uid;
	r->state = READER_ASKED;
	pthread_cond_broadcast(&r->change);
	while (r->state == READER_ASKED && !error)
		error = pthread_cond_timedwait(&r->change, &r->lock, &until);
	done = r->state == READER_DONE;
	pthread_mutex_unlock(&r->lock);
	return done;
}

int commands_read(struct commands *c, uint32_t pid, char *buf, size_t size)
{
	uint32_t uid = proc_scan_uid(c->proc_fd, pid);
	struct reader *r = find_reader(c, pid, uid);
	int len;

	if (!r || !reader_ask(r, pid, uid))
		return -EAGAIN;
	len = r->len;
	if (len > (int)size - 1)
		len = size - 1;
	if (len >= 0) {
		memcpy(buf, r->raw, len);
		buf[len] = '\0';
	}
	return len;
}

/* ---- the contents of the arguments ---- */

void command_line(const char *args, int len, char *buf, size_t size)
{
	char line[RAW_MAX];

	while (len > 0 && !args[len - 1])
		len--;
	if (len > RAW_MAX)
		len = RAW_MAX;
	for (int i = 0; i < len; i++)
		line[i] = args[i] ? args[i] : ' ';
	text_sanitise(buf, size, line, len > 0 ? len : 0);
}

bool command_is_cut(const char *comm, const char *full)
{
	size_t len = strlen(comm), mark = strlen(CUT_MARK);

	while (len >= mark && !memcmp(comm + len - mark, CUT_MARK, mark))
		len -= mark;
	return len && !strncmp(comm, full, len);
}

const char *command_name(const char *args, int len, const char *comm)
{
	const char *end = args + len;

	for (int i = 0; i < 3 && args < end; i++, args += strlen(args) + 1) {
		const char *slash = strrchr(args, '/');
		const char *base = slash ? slash + 1 : args;

		if (command_is_cut(comm, base))
			return base;
	}
	return NULL;
}
