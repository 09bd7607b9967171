// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * track/sysctl.c - switches accounting and timestamps on, and back; see
 * track.h.
 *
 * All flowtops of a network namespace share its sysctls, whoever runs them.
 * Each tells the others what it needs (track/holders.h):
 *
 *	ACCT, TIMESTAMP		this sysctl is needed, whoever switched it on
 *	RECORD			somebody looks after the record
 *
 * Who switched a sysctl on has to put it back. Where others need it when that
 * flowtop leaves, it passes that on to them, so the last one does it. A value
 * that somebody else wrote meanwhile (inotify(7)) is neither put back nor
 * passed on: a flowtop that began later cannot know of it, and what it finds
 * on it takes for the administrator's unless it is told.
 *
 * One at a time looks and changes, as long as nobody else keeps the lock for
 * that, flock(2) on the namespace, which every user can take. Without it, too,
 * no sysctl stays off while a flowtop needs it: who switches off looks again.
 *
 * The record, /run/flowtop/INODE, is for a flowtop that is killed. It says
 * what to put back, for the next flowtop:
 *
 *	AT COOKIE\n	A, T: '1' where acct, timestamp were switched on
 *
 * The cookie (SO_NETNS_COOKIE) tells a namespace from a later one with the
 * same inode number. A mark is written before the sysctl is.
 */
#include "track.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/file.h"
#include "track/holders.h"

#define RECORD_DIR "/run/flowtop"
#define GATE_TRIES 50		/* of GATE_MS: another user cannot stop us for good */
#define GATE_MS 2
#define BACK_TRIES 3		/* each time another flowtop began at that moment */

enum { ACCT, TIMESTAMP, N_SYSCTLS, RECORD = N_SYSCTLS };	/* bits of holders, too */

static const char *const sysctl_path[N_SYSCTLS] = {
	[ACCT] = "/proc/sys/net/netfilter/nf_conntrack_acct",
	[TIMESTAMP] = "/proc/sys/net/netfilter/nf_conntrack_timestamp",
};

/*
 * Static, since a signal handler may be who puts back: on a thread that is in
 * another namespace just then, or with no descriptor left to open.
 */
static struct {
	int netns;			/* the namespace; -1: nothing was switched on */
	struct holders holders;
	int sysctl[N_SYSCTLS];		/* to write to, or -errno */
	int watch;			/* inotify; -1: not available */
	int watched[N_SYSCTLS];		/* watch descriptors */
	bool ours[N_SYSCTLS];		/* to be put back or passed on by us */
	bool written[N_SYSCTLS];	/* by somebody else, or that cannot be told: left alone */
	char record[64];		/* path; "": none is kept */
	int record_fd;			/* -1: none */
} claim = {
	.netns = -1, .watch = -1, .record_fd = -1, .holders = HOLDERS_CLOSED, .sysctl = { -1, -1 },
};

/* 0, 1 or -errno. */
static int sysctl_get(int which)
{
	int64_t value = file_number(sysctl_path[which]);

	return value < 0 ? value : !!value;
}

static int sysctl_set(int which, char value)
{
	return pwrite(claim.sysctl[which], &value, 1, 0) < 0 ? -errno : 0;
}

/* ---- what the flowtops know of one another ---- */

/* A lock that is held too long is not waited for. */
static void gate_close(void)
{
	for (int i = 0; i < GATE_TRIES && flock(claim.netns, LOCK_EX | LOCK_NB) < 0; i++)
		poll(NULL, 0, GATE_MS);
}

static void gate_open(void)
{
	flock(claim.netns, LOCK_UN);
}

/* ---- the record ---- */

static uint64_t netns_cookie(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (fd < 0)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0)
		cookie = 0;	/* before Linux 5.14 */
	close(fd);
	return cookie;
}

/* Whoever may write there may write the sysctls. One that was removed says nothing. */
static bool record_is_trusted(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !(st.st_mode & 022) &&
	       st.st_nlink && (st.st_uid == 0 || st.st_uid == geteuid());
}

/* What a flowtop of this namespace left; all false without a record. */
static void record_read(bool marks[N_SYSCTLS])
{
	int fd = open(claim.record, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char wanted[32], found[sizeof(wanted)] = "";
	int len = snprintf(wanted, sizeof(wanted), "00 %016" PRIx64 "\n", netns_cookie());
	bool is_valid = fd >= 0 && record_is_trusted(fd) &&
			read(fd, found, sizeof(found) - 1) == len &&
			!strcmp(found + N_SYSCTLS, wanted + N_SYSCTLS);

	for (int i = 0; i < N_SYSCTLS; i++)
		marks[i] = is_valid && found[i] == '1';
	if (fd >= 0)
		close(fd);
}

/* Who cannot write the record keeps none: the path is emptied. */
static void record_write(const bool marks[N_SYSCTLS])
{
	char text[32];
	int fd, len;

	len = snprintf(text, sizeof(text), "%d%d %016" PRIx64 "\n", marks[ACCT],
		       marks[TIMESTAMP], netns_cookie());
	mkdir(RECORD_DIR, 0755);
	fd = open(claim.record, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 || write(fd, text, len) != len) {
		if (fd >= 0)
			unlink(claim.record);	/* half a record is ignored */
		claim.record[0] = '\0';
	}
	claim.record_fd = fd;
}

/* Was it switched on by a flowtop that was killed since? */
static bool record_has(int which)
{
	char mark;

	return claim.record[0] && record_is_trusted(claim.record_fd) &&
	       pread(claim.record_fd, &mark, 1, which) == 1 && mark == '1';
}

/* ---- on and back ---- */

/*
 * A user whom the program file gives the right to switch may have used up the
 * watches: what the administrator writes meanwhile would be switched off.
 */
static bool sysctl_watch(int which)
{
	claim.watched[which] = inotify_add_watch(claim.watch, sysctl_path[which], IN_MODIFY);
	claim.written[which] = claim.watched[which] < 0 && getauxval(AT_SECURE);
	return !claim.written[which];
}

/* 0: it is on. */
static int switch_on(int which)
{
	int ret = sysctl_get(which);
	bool was_off = ret == 0;

	if (was_off)
		ret = claim.sysctl[which] < 0 ? claim.sysctl[which] : sysctl_set(which, '1');
	if (ret < 0) {
		claim.written[which] = true;
		return ret;
	}
	claim.ours[which] |= was_off;
	if (sysctl_watch(which) || !was_off)
		return 0;
	sysctl_set(which, '0');
	return -EPERM;
}

static void claim_close(void)
{
	holders_close(&claim.holders);
	for (int i = 0; i < N_SYSCTLS; i++) {
		if (claim.sysctl[i] >= 0)
			close(claim.sysctl[i]);
		claim.sysctl[i] = -1;
		claim.ours[i] = claim.written[i] = false;
		claim.watched[i] = 0;
	}
	if (claim.record_fd >= 0)
		close(claim.record_fd);
	if (claim.watch >= 0)
		close(claim.watch);
	close(claim.netns);	/* and its lock */
	claim.netns = claim.watch = claim.record_fd = -1;
}

static int claim_open(void)
{
	struct stat st;
	int error;

	claim.netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (claim.netns < 0)
		return -errno;
	error = fstat(claim.netns, &st) < 0 ? -errno : holders_open(&claim.holders);
	if (error) {
		claim_close();
		return error;
	}
	for (int i = 0; i < N_SYSCTLS; i++) {
		claim.sysctl[i] = open(sysctl_path[i], O_WRONLY | O_CLOEXEC);
		if (claim.sysctl[i] < 0)
			claim.sysctl[i] = -errno;
	}
	claim.watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	snprintf(claim.record, sizeof(claim.record), RECORD_DIR "/%ju", (uintmax_t)st.st_ino);
	return 0;
}

/* The others would not know: all stays as it is, which may do. */
static int switch_none(int error)
{
	int acct = sysctl_get(ACCT);

	for (int i = 0; i < N_SYSCTLS; i++)
		claim.written[i] = true;
	return acct < 0 ? acct : acct && sysctl_get(TIMESTAMP) ? 0 : error;
}

/* What is needed is said before it is looked at: who leaves just now sees it. */
static int tell_needs(void)
{
	unsigned needs = claim.record[0] ? 1u << RECORD : 0;

	for (int i = 0; i < N_SYSCTLS; i++)
		if (claim.sysctl[i] >= 0 && !claim.written[i])
			needs |= 1u << i;
	return holders_say(&claim.holders, needs);
}

/* A mark is in the record before its sysctl is on. */
static void write_marks(const bool left[N_SYSCTLS])
{
	bool marks[N_SYSCTLS];

	for (int i = 0; i < N_SYSCTLS; i++)
		marks[i] = left[i] || (claim.sysctl[i] >= 0 && sysctl_get(i) == 0);
	record_write(marks);
}

static int claim_needs(void)
{
	bool left[N_SYSCTLS];
	int error, acct, timestamp;

	record_read(left);
	/* of one that lives: it passes it on */
	if (!(holders_others(&claim.holders) & 1u << RECORD))
		for (int i = 0; i < N_SYSCTLS; i++)
			claim.ours[i] = left[i] && claim.sysctl[i] >= 0;
	write_marks(left);
	error = tell_needs();
	if (error)
		return switch_none(error);
	acct = switch_on(ACCT);
	timestamp = switch_on(TIMESTAMP);
	if (acct || timestamp)
		tell_needs();
	if (acct)
		return acct;
	return timestamp == -ENOENT ? 0 : timestamp;	/* a kernel may lack it */
}

int track_sysctl_on(void)
{
	int ret;

	if (claim.netns >= 0)
		return 0;
	ret = claim_open();
	if (ret)
		return ret;
	gate_close();
	ret = claim_needs();
	gate_open();
	return ret;
}

static void see_what_was_written(void)
{
	char buf[1024] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *e;
	ssize_t len;

	while (claim.watch >= 0 && (len = read(claim.watch, buf, sizeof(buf))) > 0)
		for (const char *at = buf; at < buf + len; at += sizeof(*e) + e->len) {
			e = (const void *)at;
			for (int i = 0; i < N_SYSCTLS; i++)
				if (claim.watched[i] == e->wd)
					claim.written[i] = true;
		}
}

static bool is_needed(int which)
{
	return holders_others(&claim.holders) & 1u << which;
}

/*
 * A flowtop may begin without the gate just then. It says what it needs before
 * it looks: either the second look here sees that, or it finds the sysctl off,
 * and switches it on.
 */
static void put_back_or_pass(int which)
{
	for (int i = 0; i < BACK_TRIES; i++) {
		if (holders_pass(&claim.holders, 1u << which) || is_needed(which))
			return;
		sysctl_set(which, '0');
		if (!is_needed(which))
			return;
		sysctl_set(which, '1');
	}
}

/* The record goes with its last holder, or when it is no longer true. */
static void leave_record(unsigned others)
{
	bool is_true = true;

	for (int i = 0; i < N_SYSCTLS; i++)
		is_true &= !(claim.written[i] && record_has(i));
	if (claim.record[0] && (!is_true || !(others & 1u << RECORD)))
		unlink(claim.record);
}

void track_sysctl_restore(void)
{
	unsigned others, passed;

	if (claim.netns < 0)
		return;
	gate_close();
	see_what_was_written();
	passed = holders_passed(&claim.holders);
	holders_leave(&claim.holders);
	others = holders_others(&claim.holders);
	for (int i = 0; i < N_SYSCTLS; i++) {
		bool ours = claim.ours[i] || passed & 1u << i;

		if (!(others & 1u << i))
			ours |= record_has(i);
		if (ours && !claim.written[i] && claim.sysctl[i] >= 0)
			put_back_or_pass(i);
	}
	leave_record(others);
	claim_close();
}
