// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The built-in services; see service/list.h.
 *
 * Names are those of the IANA Service Name and Transport Protocol Port Number
 * Registry where the program that is found on the port today has one; else
 * the program's own, for the default port in its documentation (for these
 * IANA has nothing, or something that nobody runs any more).
 */
#include "service/list.h"

#include <stddef.h>

#define T SERVICE_TCP
#define U SERVICE_UDP

const struct service_entry service_list[] = {
	/* for hosts without /etc/services */
	{ "ssh", 22, T },
	{ "telnet", 23, T },
	{ "smtp", 25, T },
	{ "domain", 53, T | U },
	{ "bootps", 67, U },
	{ "bootpc", 68, U },
	{ "http", 80, T },
	{ "pop3", 110, T },
	{ "sunrpc", 111, T | U },
	{ "ntp", 123, U },
	{ "netbios-ns", 137, U },
	{ "imap", 143, T },
	{ "snmp", 161, T | U },
	{ "bgp", 179, T },
	{ "ldap", 389, T | U },
	{ "https", 443, T | U },	/* UDP: HTTP/3 */
	{ "quic", 443, U },
	{ "microsoft-ds", 445, T },
	{ "submissions", 465, T },
	{ "isakmp", 500, U },
	{ "ike", 500, U },
	{ "syslog", 514, U },
	{ "dhcpv6-client", 546, U },
	{ "dhcpv6-server", 547, U },
	{ "submission", 587, T },
	{ "ldaps", 636, T },
	{ "domain-s", 853, T | U },
	{ "rsync", 873, T },
	{ "imaps", 993, T },
	{ "pop3s", 995, T },
	{ "openvpn", 1194, T | U },
	{ "nfs", 2049, T | U },
	{ "mysql", 3306, T },
	{ "ipsec-nat-t", 4500, U },
	{ "sip", 5060, T | U },
	{ "mdns", 5353, U },
	{ "postgresql", 5432, T },
	{ "redis", 6379, T },
	{ "http-alt", 8080, T },

	/* discovery, address translation, time */
	{ "ssdp", 1900, U },
	{ "stun", 3478, T | U },
	{ "turn", 3478, T | U },
	{ "teredo", 3544, U },
	{ "ws-discovery", 3702, U },
	{ "stuns", 5349, T | U },
	{ "turns", 5349, T | U },
	{ "nat-pmp", 5351, U },
	{ "llmnr", 5355, T | U },
	{ "wsdapi", 5357, T },
	{ "mndp", 5678, U },		/* MikroTik */
	{ "ubnt-discovery", 10001, U },	/* Ubiquiti */
	{ "db-lsp-disc", 17500, U },	/* Dropbox */
	{ "stun", 19302, U },		/* Google's servers */

	/* tunnels, overlays, routing */
	{ "pptp", 1723, T },
	{ "bfd-control", 3784, U },
	{ "bfd-multi-ctl", 4784, U },
	{ "vxlan", 4789, U },
	{ "capwap-control", 5246, U },
	{ "capwap-data", 5247, U },
	{ "geneve", 6081, U },
	{ "vxlan", 8472, U },		/* Linux' own default, Flannel */
	{ "zerotier", 9993, U },
	{ "tailscale", 41641, U },
	{ "wireguard", 51820, U },

	/* web, proxies, privacy */
	{ "squid", 3128, T },
	{ "http-alt", 8008, T },
	{ "privoxy", 8118, T },
	{ "https-alt", 8443, T },
	{ "tor", 9001, T },
	{ "tor-socks", 9050, T },

	/* remote access and control */
	{ "adb", 5555, T },
	{ "ms-wbt-server", 3389, T | U },
	{ "rdp", 3389, T | U },
	{ "winrm", 5985, T },
	{ "winrms", 5986, T },
	{ "rfb", 5900, T },
	{ "vnc", 5900, T },
	{ "rfb", 5901, T },
	{ "teamviewer", 5938, T | U },
	{ "anydesk", 7070, T },
	{ "proxmox", 8006, T },
	{ "winbox", 8291, T },
	{ "mikrotik-api", 8728, T },
	{ "mosh", 60000, U },
	{ "mosh", 60001, U },
	{ "netconf-ssh", 830, T },
	{ "salt-master", 4505, T },
	{ "salt-master", 4506, T },

	/* Windows domains, authentication */
	{ "msft-gc", 3268, T },
	{ "msft-gc-ssl", 3269, T },
	{ "radsec", 2083, T | U },
	{ "radius-dynauth", 3799, U },

	/* databases, caches, queues */
	{ "oracle", 1521, T },
	{ "mqtt", 1883, T },
	{ "zookeeper", 2181, T },
	{ "nats", 4222, T },
	{ "couchdb", 5984, T },
	{ "pgbouncer", 6432, T },
	{ "bolt", 7687, T },		/* Neo4j */
	{ "influxdb", 8086, T },
	{ "secure-mqtt", 8883, T },
	{ "cassandra", 9042, T },
	{ "kafka", 9092, T },
	{ "elasticsearch", 9200, T },
	{ "elasticsearch", 9300, T },
	{ "memcache", 11211, T | U },
	{ "memcached", 11211, T | U },
	{ "rabbitmq-mgmt", 15672, T },
	{ "redis-cluster", 16379, T },
	{ "cockroachdb", 26257, T },
	{ "redis-sentinel", 26379, T },
	{ "mongodb", 27017, T },
	{ "mysqlx", 33060, T },
	{ "stomp", 61613, T },
	{ "activemq", 61616, T },

	/* containers and clusters */
	{ "docker", 2375, T },
	{ "docker-s", 2376, T },
	{ "swarm", 2377, T },
	{ "etcd-client", 2379, T },
	{ "etcd", 2379, T },
	{ "etcd-server", 2380, T },
	{ "nomad", 4646, T },
	{ "corosync", 5405, U },
	{ "kubernetes", 6443, T },
	{ "swarm-gossip", 7946, T | U },
	{ "vault", 8200, T },
	{ "consul", 8500, T },
	{ "kubelet", 10250, T },
	{ "kube-proxy", 10256, T },
	{ "ha-cluster", 694, U },

	/* files and storage */
	{ "ceph-mon", 3300, T },
	{ "ceph-mon", 6789, T },
	{ "mountd", 20048, T | U },
	{ "syncthing-disc", 21027, U },
	{ "syncthing", 22000, T | U },
	{ "glusterfs", 24007, T },

	/* watching and logging */
	{ "graphite", 2003, T },
	{ "netflow", 2055, U },
	{ "loki", 3100, T },
	{ "apcupsd", 3551, T },
	{ "opentelemetry", 4317, T },
	{ "otlp-http", 4318, T },
	{ "ipfix", 4739, T | U },
	{ "logstash", 5044, T },
	{ "kibana", 5601, T },
	{ "icinga2", 5665, T },
	{ "sflow", 6343, U },
	{ "checkmk-agent", 6556, T },
	{ "statsd", 8125, U },
	{ "prometheus", 9090, T },
	{ "alertmanager", 9093, T },
	{ "node-exporter", 9100, T },	/* printers too */
	{ "jetdirect", 9100, T },
	{ "gelf", 12201, T | U },
	{ "netdata", 19999, T },
	{ "fluentd", 24224, T | U },

	/* printers, sound, pictures, the house */
	{ "ipp", 631, T | U },
	{ "kdeconnect", 1716, T | U },
	{ "rtmp", 1935, T },
	{ "pulseaudio", 4713, T },
	{ "rtp", 5004, U },
	{ "rtcp", 5005, U },
	{ "apple-push", 5223, T },
	{ "fcm", 5228, T },		/* Android's push messages */
	{ "mpd", 6600, T },
	{ "jellyfin", 8096, T },
	{ "home-assistant", 8123, T },
	{ "rtsp-alt", 8554, T | U },
	{ "plex", 32400, T },
	{ "localsend", 53317, T | U },
	{ "spotify", 57621, U },

	/* machines */
	{ "modbus", 502, T },
	{ "opcua-tcp", 4840, T },
	{ "coap", 5683, U },
	{ "coaps", 5684, U },
	{ "dnp", 20000, T | U },
	{ "bacnet", 47808, U },

	/* measuring */
	{ "iperf", 5001, T | U },
	{ "iperf3", 5201, T | U },

	/* exchange between peers, games, talk */
	{ "xbox", 3074, T | U },
	{ "ipfs", 4001, T | U },
	{ "bittorrent", 6881, T | U },
	{ "bittorrent", 6882, T | U },
	{ "bittorrent", 6883, T | U },
	{ "bittorrent", 6884, T | U },
	{ "bittorrent", 6885, T | U },
	{ "bittorrent", 6886, T | U },
	{ "bittorrent", 6887, T | U },
	{ "bittorrent", 6888, T | U },
	{ "bittorrent", 6889, T | U },
	{ "bt-tracker", 6969, T | U },
	{ "bitcoin", 8333, T },
	{ "teamspeak", 9987, U },
	{ "monero", 18080, T },
	{ "minecraft-be", 19132, U },
	{ "minecraft", 25565, T | U },
	{ "steam", 27015, T | U },
	{ "steam", 27036, T | U },
	{ "ethereum", 30303, T | U },
	{ "bittorrent", 51413, T | U },	/* Transmission */
	{ "mumble", 64738, T | U },
	{ NULL, 0, 0 }
};
