/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints @N IPv4 addresses that share the lower 15 bits of the hash that
 * flowtop had before it was seeded, or as many at random.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_before(uint32_t v4)
{
	uint8_t byte[16] = { [10] = 0xff, 0xff, v4 >> 24, v4 >> 16, v4 >> 8, v4 };
	uint64_t half[2];
	unsigned __int128 product;

	memcpy(half, byte, sizeof(half));
	product = (unsigned __int128)(half[0] ^ 0x9e3779b97f4a7c15) *
		  (half[1] ^ 0xc2b2ae3d27d4eb4f);
	half[0] = (uint64_t)product ^ (uint64_t)(product >> 64);
	half[0] *= 0xff51afd7ed558ccd;
	return half[0] ^ half[0] >> 32;
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 0, random = argc > 1 && !strcmp(argv[1], "random");

	for (uint32_t a = 1u << 24; n > 0 && a < 100u << 24; a += random ? 55001 : 1)
		if (random || !(hash_before(a) & 0x7fff)) {
			printf("%u.%u.%u.%u\n", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
			n--;
		}
	return n > 0;
}
