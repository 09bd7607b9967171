/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ctgen - conntrack entries by the million, and bare readers to compare with.
 *
 *   ctgen make N [FIRST [RATE]]   N entries (of FIRST, FIRST + 1, ...), at RATE/s
 *   ctgen dump                    reads one dump and throws it away
 *   ctgen events MIB N            reads N events into a buffer of MIB and stops
 *   ctgen churn RATE SECONDS      RATE entries/s that live two seconds
 *
 * Entries are made by IPCTNL_MSG_CT_NEW in batches, in the network namespace
 * that it is started in. Prints one line of figures.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_compat.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 200

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static double cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec + u.ru_stime.tv_sec +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static struct mnl_socket *open_socket(unsigned groups)
{
	struct mnl_socket *s = mnl_socket_open(NETLINK_NETFILTER);

	if (!s || mnl_socket_bind(s, groups, MNL_SOCKET_AUTOPID) < 0)
		err(1, "netlink");
	return s;
}

static struct nlmsghdr *header(void *buf, uint16_t type, uint16_t flags, uint8_t family)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	return nlh;
}

static void put_tuple(struct nlmsghdr *nlh, uint16_t type, uint32_t src, uint32_t dst,
		      uint16_t sport, uint16_t dport, uint8_t l4)
{
	struct nlattr *tuple = mnl_attr_nest_start(nlh, type), *nest;

	nest = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	mnl_attr_put_u32(nlh, CTA_IP_V4_SRC, htonl(src));
	mnl_attr_put_u32(nlh, CTA_IP_V4_DST, htonl(dst));
	mnl_attr_nest_end(nlh, nest);
	nest = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, l4);
	mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(sport));
	mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(dport));
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_nest_end(nlh, tuple);
}

/* The n'th flow: clients of 10/8 to a few thousand servers, three of four TCP. */
static size_t put_flow(void *buf, uint32_t n, uint32_t timeout)
{
	struct nlmsghdr *nlh = header(buf, IPCTNL_MSG_CT_NEW, NLM_F_CREATE, AF_INET);
	uint32_t src = 0x0a000000 + n % 250000, dst = 0x2d000000 + n * 2654435761u % 4096 * 7919;
	uint16_t sport = 1024 + n / 250000 * 5000 + n % 5000, dport = n % 3 ? 443 : 80;
	uint8_t l4 = n % 4 ? IPPROTO_TCP : IPPROTO_UDP;
	struct nlattr *info, *tcp;

	put_tuple(nlh, CTA_TUPLE_ORIG, src, dst, sport, dport, l4);
	put_tuple(nlh, CTA_TUPLE_REPLY, dst, src, dport, sport, l4);
	mnl_attr_put_u32(nlh, CTA_TIMEOUT, htonl(timeout));
	mnl_attr_put_u32(nlh, CTA_STATUS, htonl(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED));
	if (l4 == IPPROTO_TCP) {
		info = mnl_attr_nest_start(nlh, CTA_PROTOINFO);
		tcp = mnl_attr_nest_start(nlh, CTA_PROTOINFO_TCP);
		mnl_attr_put_u8(nlh, CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_ESTABLISHED);
		mnl_attr_nest_end(nlh, tcp);
		mnl_attr_nest_end(nlh, info);
	}
	return MNL_ALIGN(nlh->nlmsg_len);
}

static void make_flows(uint64_t n, uint32_t first, double rate, uint32_t timeout)
{
	struct mnl_socket *s = open_socket(0);
	static char buf[BATCH * 512];
	double began = now();
	uint64_t done = 0;

	while (done < n) {
		size_t len = 0;
		unsigned batch = rate > 0 && rate < 20000 ? 20 : BATCH;

		for (unsigned i = 0; i < batch && done < n; i++, done++)
			len += put_flow(buf + len, first + done, timeout);
		if (mnl_socket_sendto(s, buf, len) < 0)
			err(1, "send");
		while (rate > 0 && done > rate * (now() - began))
			usleep(500);
	}
	printf("made %llu in %.3f s: %.0f/s\n", (unsigned long long)n, now() - began,
	       n / (now() - began));
	mnl_socket_close(s);
}

static void read_dump(void)
{
	struct mnl_socket *s = open_socket(0);
	static char buf[65536];
	struct nlmsghdr *nlh = header(buf, IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_UNSPEC);
	double began = now();
	uint64_t bytes = 0;
	ssize_t len;

	if (mnl_socket_sendto(s, nlh, nlh->nlmsg_len) < 0)
		err(1, "send");
	while ((len = mnl_socket_recvfrom(s, buf, sizeof(buf))) > 0) {
		bytes += len;
		if (((struct nlmsghdr *)buf)->nlmsg_type == NLMSG_DONE ||
		    ((struct nlmsghdr *)buf)->nlmsg_type == NLMSG_ERROR)
			break;
	}
	printf("dump: %llu bytes, wall %.4f s, cpu %.4f s\n", (unsigned long long)bytes,
	       now() - began, cpu());
	mnl_socket_close(s);
}

static void read_events(unsigned mib, uint64_t n)
{
	struct mnl_socket *s = open_socket(NF_NETLINK_CONNTRACK_NEW |
					   NF_NETLINK_CONNTRACK_UPDATE |
					   NF_NETLINK_CONNTRACK_DESTROY);
	int size = mib << 19;
	static char buf[8192];
	uint64_t got = 0, lost = 0;
	double began = 0;

	setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	puts("ready");
	fflush(stdout);
	while (got < n) {
		if (mnl_socket_recvfrom(s, buf, sizeof(buf)) < 0) {
			if (errno != ENOBUFS)
				err(1, "recv");
			lost++;
			continue;
		}
		if (!got++)
			began = now();
	}
	printf("events: %llu, overruns %llu, wall %.4f s, cpu %.4f s\n",
	       (unsigned long long)got, (unsigned long long)lost, now() - began, cpu());
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	double arg[4] = { 0 };

	for (int i = 2; i < argc && i < 6; i++)
		arg[i - 2] = atof(argv[i]);
	if (!strcmp(what, "make"))
		make_flows(arg[0], arg[1], arg[2], 100000);
	else if (!strcmp(what, "churn"))
		make_flows(arg[0] * arg[1], 0, arg[0], 2);
	else if (!strcmp(what, "dump"))
		read_dump();
	else if (!strcmp(what, "events"))
		read_events(arg[0], arg[1]);
	else
		errx(2, "usage: ctgen make N [FIRST [RATE]] | churn RATE SECONDS | dump | events MIB N");
	return 0;
}
