/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: sha256 in hex, for presented tokens and for the body behind an Idempotency-Key; compared in constant time.
 * Memory:  the caller's.
 * Must not know: what is hashed.
 */
#include "http/rq.h"

#include <sodium.h>

_Static_assert(EBB_HASH_HEX == crypto_hash_sha256_BYTES * 2 + 1, "hex of a sha256");

bool
ebb_hash_is_equal(const char hex[EBB_HASH_HEX], const char *given)
{
	return given != NULL && strlen(given) == EBB_HASH_HEX - 1 && sodium_memcmp(hex, given, EBB_HASH_HEX - 1) == 0;
}

void
ebb_hash_hex(char hex[EBB_HASH_HEX], const struct ebb_hash_part *parts, unsigned count)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	for (unsigned i = 0; i < count; i++)
		crypto_hash_sha256_update(&state, parts[i].bytes, parts[i].length);
	crypto_hash_sha256_final(&state, digest);
	sodium_bin2hex(hex, EBB_HASH_HEX, digest, sizeof digest);
}
