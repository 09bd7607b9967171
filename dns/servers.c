// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Servers and queries; see dns/servers.h.
 *
 * A c-ares channel keeps its UDP source port (and we its socket, between
 * queries), and a forged answer has to guess the port. So each channel sends
 * only so many queries; then a new one takes over while the old one drains.
 */
#include "dns/servers.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/text.h"

#define TIMEOUT_MS 1000		/* of the first try; twice that of the second */
#define TRIES 2
#define SILENT_MAX 4		/* failed queries in a row, then other servers are probed */
#define REST_FIRST_MS 2000
#define REST_MAX_MS 64000
#define WINDOW_FIRST 32
#define WINDOW_MIN 16
#define CHANNELS 8		/* one in use, the others drain */
#define CHANNEL_QUERIES 512
#define CHANNEL_FDS (DNS_POLL_MAX / CHANNELS)
#define TICK_MS 100		/* how late a timeout may be noticed */
#define SERVERS_MAX 8
#define BLANKS " \t\r\n"

/* Resolvers answer this by themselves (RFC 6303). */
#define PROBE_NAME "1.0.0.127.in-addr.arpa"

struct server {
	char name[ADDR_STRLEN + IF_NAMESIZE + 10];	/* as c-ares reads it: "[::1]:53" */
	int interface;		/* of a link-local address; 0: any */
};

struct channel {
	ares_channel ares;	/* NULL: a free slot */
	unsigned asked, in_flight;
	struct pollfd fds[CHANNEL_FDS];	/* what c-ares waits for */
	unsigned n_fds;
};

enum health { ANSWERING, TRYING, RESTING };

struct dns_servers {
	const char *resolv_conf;
	dns_answer_fn *answer;
	void *ctx;

	struct server server[SERVERS_MAX];
	unsigned n_servers, current;
	bool use_tcp;		/* "options use-vc" */

	struct channel channel[CHANNELS];
	struct channel *use;	/* the one for the next query; NULL: none yet */
	unsigned in_flight;
	unsigned window;	/* how many may be; grows with answers */
	unsigned window_max;	/* shrinks where a server says it is too much */

	enum health health;
	unsigned fruitless;	/* queries in a row */
	bool answers;		/* the current server has named an address */
	bool reopen;		/* the channels are of another server */
	unsigned tried;		/* servers, in this round */
	int refusing;		/* one of those that at least answers; -1: none */
	bool probe_due;		/* a server is to be tried, once out of callbacks */
	uint64_t rest_until;
	unsigned rest_ms;
};

struct query {
	struct dns_servers *servers;
	struct channel *channel;
	uint32_t number;
	bool is_probe;
};

static void query_done(struct query *q, int status, const uint8_t *message, size_t len);

/* ---- versions of c-ares ---- */

/* of link-local servers, since 1.24 */
#define KNOWS_INTERFACES (ARES_VERSION >= 0x011800)

#if ARES_VERSION >= 0x011f00
#define NO_CACHE ARES_OPT_QUERY_CACHE	/* of no seconds: dns/cache.c is it */

/* A parsed answer back into a message: dns/reply.c reads that of all versions. */
static void query_answered(void *arg, ares_status_t status, size_t timeouts,
			   const ares_dns_record_t *record)
{
	unsigned char *message = NULL;
	size_t len = 0;

	(void)timeouts;
	if (record && ares_dns_write(record, &message, &len) != ARES_SUCCESS)
		message = NULL;
	query_done(arg, status, message, len);
	ares_free_string(message);
}

static void query_send(struct query *q, const char *name)
{
	ares_query_dnsrec(q->channel->ares, name, ARES_CLASS_IN, ARES_REC_TYPE_PTR,
			  query_answered, q, NULL);
}
#else
#define NO_CACHE 0			/* these versions do not cache */

static void query_answered(void *arg, int status, int timeouts, unsigned char *message, int len)
{
	(void)timeouts;
	query_done(arg, status, message, len);
}

static void query_send(struct query *q, const char *name)
{
	ares_query(q->channel->ares, name, ns_c_in, ns_t_ptr, query_answered, q);
}
#endif

/* ---- servers ---- */

/* Writes a server down as c-ares reads it: 192.0.2.1:53, [fe80::1]:53%eth0. */
static bool server_name(const struct sockaddr *sa, socklen_t len, struct server *out)
{
	char host[ADDR_STRLEN + 1 + IF_NAMESIZE], port[8], *interface;

	if (getnameinfo(sa, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM))
		return false;
	out->interface = 0;
	if (sa->sa_family == AF_INET6)
		out->interface = ((const struct sockaddr_in6 *)sa)->sin6_scope_id;
	interface = host + strcspn(host, "%");
	snprintf(out->name, sizeof(out->name),
		 sa->sa_family == AF_INET6 ? "[%.*s]:%s%s" : "%.*s:%s%s",
		 (int)(interface - host), host, port, KNOWS_INTERFACES ? interface : "");
	return true;
}

/*
 * "192.0.2.1", "2001:db8::1", "fe80::1%eth0", "[192.0.2.1]:5353". c-ares
 * itself silently drops the last two kinds when it reads resolv.conf.
 */
static bool server_parse(char *text, struct server *out)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				  .ai_socktype = SOCK_DGRAM };
	const char *port = "53";
	struct addrinfo *found;
	char *end;
	bool named;

	if (*text == '[') {
		end = strchr(++text, ']');
		if (!end)
			return false;
		if (end[1] == ':')
			port = end + 2;
		*end = '\0';
	}
	if (getaddrinfo(text, port, &hints, &found))
		return false;
	named = server_name(found->ai_addr, found->ai_addrlen, out);
	freeaddrinfo(found);
	return named;
}

/* Of all options only the one that leaves UDP out matters here. */
static void options_read(struct dns_servers *s, char **rest)
{
	char *word;

	while ((word = strtok_r(NULL, BLANKS, rest)))
		s->use_tcp |= !strcmp(word, "use-vc");
}

/* See resolv.conf(5). */
static void servers_read(struct dns_servers *s)
{
	FILE *f = file_open(s->resolv_conf, FILE_TEXT_MAX);
	char *line = NULL, localhost[] = "127.0.0.1";
	size_t size = 0;

	s->n_servers = 0;
	s->use_tcp = false;
	while (f && getline(&line, &size, f) >= 0) {
		char *rest, *word = strtok_r(line, BLANKS, &rest);

		if (word && !strcmp(word, "options"))
			options_read(s, &rest);
		if (!word || strcmp(word, "nameserver") || s->n_servers == SERVERS_MAX)
			continue;
		word = strtok_r(NULL, BLANKS, &rest);
		if (word && server_parse(word, &s->server[s->n_servers]))
			s->n_servers++;
	}
	free(line);
	if (f)
		fclose(f);
	if (!s->n_servers)
		s->n_servers = server_parse(localhost, &s->server[0]);
}

static void servers_start(struct dns_servers *s)
{
	servers_read(s);
	s->current = 0;
	s->window = WINDOW_FIRST;
	s->window_max = DNS_WINDOW_MAX;
	s->health = s->n_servers ? ANSWERING : RESTING;
	s->rest_until = UINT64_MAX;
	s->rest_ms = REST_FIRST_MS;
	s->fruitless = 0;
	s->answers = s->reopen = s->probe_due = false;
	s->refusing = -1;
}

/* ---- channels ---- */

/* Before each connect(). Link-local addresses need their interface. */
static int bind_socket(ares_socket_t fd, int type, void *data)
{
	const struct server *server = data;

	(void)type;
	if (!server->interface)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &server->interface,
			  sizeof(server->interface));
}

/* c-ares opens a socket, closes it (neither), or waits for something else on it. */
static void socket_changed(void *data, ares_socket_t fd, int readable, int writable)
{
	struct channel *c = data;
	unsigned i = 0;

	while (i < c->n_fds && c->fds[i].fd != fd)
		i++;
	if (i == CHANNEL_FDS)
		return;		/* its queries will not be answered */
	if (i == c->n_fds)
		c->n_fds++;
	c->fds[i] = (struct pollfd){
		.fd = fd, .events = (readable ? POLLIN : 0) | (writable ? POLLOUT : 0),
	};
	if (!c->fds[i].events)
		c->fds[i] = c->fds[--c->n_fds];
}

static bool channel_open(struct dns_servers *s, struct channel *c)
{
	struct ares_options o = {
		/* open between queries, too: the owner of its flows can be told */
		.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
			 ARES_FLAG_STAYOPEN | (s->use_tcp ? ARES_FLAG_USEVC : 0),
		.timeout = TIMEOUT_MS, .tries = TRIES, .lookups = (char *)"b",
		.resolvconf_path = (char *)"/dev/null",
		.sock_state_cb = socket_changed, .sock_state_cb_data = c,
	};
	struct server *server = &s->server[s->current];

	c->asked = c->in_flight = c->n_fds = 0;
	if (!s->n_servers ||
	    ares_init_options(&c->ares, &o, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS |
			      ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS |
			      ARES_OPT_RESOLVCONF | ARES_OPT_NOROTATE |
			      ARES_OPT_SOCK_STATE_CB | NO_CACHE)) {
		c->ares = NULL;
		return false;
	}
	ares_set_socket_configure_callback(c->ares, bind_socket, server);
	if (ares_set_servers_ports_csv(c->ares, server->name) == ARES_SUCCESS)
		return true;
	ares_destroy(c->ares);
	c->ares = NULL;
	return false;
}

static void channel_close(struct channel *c)
{
	ares_channel ares = c->ares;

	if (!ares)
		return;
	/* answers to what is in flight come from within */
	ares_destroy(ares);
	c->ares = NULL;
}

static void channels_close(struct dns_servers *s)
{
	for (unsigned i = 0; i < CHANNELS; i++)
		channel_close(&s->channel[i]);
	s->use = NULL;
}

/* The channel for the next query; NULL if none can be opened. */
static struct channel *channel_use(struct dns_servers *s)
{
	if (s->use && s->use->asked < CHANNEL_QUERIES)
		return s->use;
	for (unsigned i = 0; i < CHANNELS; i++) {
		struct channel *c = &s->channel[i];

		if (c == s->use || (c->ares && c->in_flight))
			continue;
		channel_close(c);
		if (channel_open(s, c))
			s->use = c;
		break;
	}
	/* where all others still wait for slow queries, the old one must do */
	return s->use;
}

/* ---- queries ---- */

static void round_begin(struct dns_servers *s, unsigned first)
{
	s->health = TRYING;
	s->current = first % s->n_servers;
	s->tried = 0;
	s->refusing = -1;
	s->probe_due = true;
}

static void use_current(struct dns_servers *s)
{
	s->health = ANSWERING;
	s->rest_ms = REST_FIRST_MS;
	s->fruitless = 0;
	s->answers = false;
	s->window = WINDOW_FIRST;
}

/*
 * The current server does not help: try the next one. At the end of the round
 * one that refuses is better than none, since it may refuse one zone only.
 */
static void round_next(struct dns_servers *s)
{
	if (++s->tried < s->n_servers) {
		s->current = (s->current + 1) % s->n_servers;
		s->probe_due = true;
		return;
	}
	if (s->refusing >= 0) {
		/* its channel is made by the next query */
		s->reopen = s->current != (unsigned)s->refusing;
		s->current = s->refusing;
		use_current(s);
		return;
	}
	s->health = RESTING;
	s->rest_until = clock_boot_ms() + s->rest_ms;
	s->rest_ms = s->rest_ms < REST_MAX_MS / 2 ? s->rest_ms * 2 : REST_MAX_MS;
}

static void probe_done(struct dns_servers *s, enum dns_result result)
{
	if (s->health != TRYING || result == DNS_CANCELLED)
		return;
	if (result == DNS_REFUSED && s->refusing < 0)
		s->refusing = s->current;
	if (result == DNS_SILENT || result == DNS_REFUSED)
		round_next(s);
	else
		use_current(s);
}

/* What an answer says of the server. */
static void server_judge(struct dns_servers *s, enum dns_result result)
{
	if (s->health != ANSWERING || result == DNS_CANCELLED)
		return;
	if (result == DNS_NAME || result == DNS_NONE ||
	    (result == DNS_FAILED && s->n_servers == 1)) {
		s->fruitless = 0;
		s->answers |= result != DNS_FAILED;
		if (s->window < s->window_max)
			s->window++;
		return;
	}
	if (result == DNS_REFUSED) {
		/* forwarders do so under overload */
		s->window_max = s->in_flight * 3 / 4;
		if (s->window_max < WINDOW_MIN)
			s->window_max = WINDOW_MIN;
		if (s->window > s->window_max)
			s->window = s->window_max;
		/* a zone that it refuses does not make it useless for others */
		if (s->answers || s->n_servers == 1)
			return;
	}
	if (++s->fruitless >= SILENT_MAX)
		round_begin(s, result == DNS_SILENT ? s->current : s->current + 1);
}

static enum dns_result result_of(int status, const uint8_t *message, size_t len,
				 struct dns_reply *reply)
{
	if (status == ARES_ECANCELLED || status == ARES_EDESTRUCTION)
		return DNS_CANCELLED;
	if (status == ARES_ENOMEM)
		return DNS_FAILED;
	return message ? dns_reply_parse(message, len, reply) : DNS_SILENT;
}

/* @message: NULL if none came. */
static void query_done(struct query *q, int status, const uint8_t *message, size_t len)
{
	struct dns_servers *s = q->servers;
	struct dns_reply reply;
	enum dns_result result = result_of(status, message, len, &reply);

	q->channel->in_flight--;
	s->in_flight--;
	if (q->is_probe) {
		probe_done(s, result);
	} else {
		server_judge(s, result);
		s->answer(s->ctx, q->number, result, &reply);
	}
	free(q);
}

/* False: the query was not sent, and done() is not called. */
static bool query_start(struct dns_servers *s, const char *name, uint32_t number, bool is_probe)
{
	struct channel *c = channel_use(s);
	struct query *q = c ? malloc(sizeof(*q)) : NULL;

	if (!q)
		return false;
	*q = (struct query){ .servers = s, .channel = c, .number = number,
			     .is_probe = is_probe };
	c->asked++;
	c->in_flight++;
	s->in_flight++;
	query_send(q, name);
	return true;
}

/* Begins to try a server where that is due. Never from within a callback. */
static void servers_step(struct dns_servers *s)
{
	if (s->reopen)
		channels_close(s);
	s->reopen = false;
	while (s->probe_due) {
		s->probe_due = false;
		channels_close(s);
		if (!query_start(s, PROBE_NAME, 0, true))
			round_next(s);
	}
}

/* ---- what others see ---- */

struct dns_servers *dns_servers_new(const char *resolv_conf, dns_answer_fn *answer, void *ctx)
{
	struct dns_servers *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	if (ares_library_init(ARES_LIB_INIT_ALL)) {
		free(s);
		return NULL;
	}
	s->resolv_conf = resolv_conf;
	s->answer = answer;
	s->ctx = ctx;
	servers_start(s);
	return s;
}

void dns_servers_free(struct dns_servers *s)
{
	if (!s)
		return;
	channels_close(s);
	ares_library_cleanup();
	free(s);
}

void dns_servers_reload(struct dns_servers *s)
{
	channels_close(s);
	servers_start(s);
}

bool dns_servers_ready(struct dns_servers *s)
{
	if (s->health == RESTING && clock_boot_ms() >= s->rest_until)
		round_begin(s, s->current);
	servers_step(s);
	return s->health == ANSWERING && s->in_flight < s->window;
}

static void ptr_name(const struct addr *a, char *out, size_t size)
{
	struct text t = { .s = out, .size = size };

	text_clear(&t);
	if (addr_is_v4(a)) {
		text_printf(&t, "%u.%u.%u.%u.in-addr.arpa", a->byte[15], a->byte[14],
			    a->byte[13], a->byte[12]);
		return;
	}
	for (int i = 15; i >= 0; i--)
		text_printf(&t, "%x.%x.", a->byte[i] & 15, a->byte[i] >> 4);
	text_add(&t, "ip6.arpa");
}

void dns_servers_ask(struct dns_servers *s, const struct addr *a, uint32_t number)
{
	char name[80];

	ptr_name(a, name, sizeof(name));
	if (!query_start(s, name, number, false))
		s->answer(s->ctx, number, DNS_FAILED, NULL);
}

bool dns_servers_broken(const struct dns_servers *s, uint64_t *until, unsigned *n)
{
	*until = s->rest_until;
	*n = s->n_servers;
	return s->health == RESTING;
}

unsigned dns_servers_poll(struct dns_servers *s, struct pollfd *fds, int *timeout)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CHANNELS; i++) {
		struct channel *c = &s->channel[i];

		for (unsigned j = 0; c->ares && c->in_flight && j < c->n_fds; j++)
			fds[n++] = c->fds[j];
	}
	*timeout = s->in_flight ? TICK_MS : -1;
	return n;
}

static bool channel_waits_for(const struct channel *c, int fd)
{
	for (unsigned i = 0; i < c->n_fds; i++)
		if (c->fds[i].fd == fd)
			return true;
	return false;
}

void dns_servers_process(struct dns_servers *s, const struct pollfd *fds, unsigned n)
{
	for (unsigned i = 0; i < CHANNELS; i++) {
		struct channel *c = &s->channel[i];

		if (!c->ares || !c->in_flight)
			continue;
		for (unsigned j = 0; j < n; j++) {
			short events = fds[j].revents;

			/* sockets close, and their numbers go to others */
			if (!events || !channel_waits_for(c, fds[j].fd))
				continue;
			ares_process_fd(c->ares,
					events & ~POLLOUT ? fds[j].fd : ARES_SOCKET_BAD,
					events & POLLOUT ? fds[j].fd : ARES_SOCKET_BAD);
		}
		ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	}
	servers_step(s);
}
