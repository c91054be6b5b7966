/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see token.h.
 * Memory:  on the stack, wiped.
 * Must not know: anything of requests.
 */
#include "auth/token.h"

#include <sodium.h>
#include <string.h>

static const char prefix[] = "ebb_";

enum ebb_rc
ebb_token_new(char text[EBB_TOKEN_TEXT], char hash[EBB_TOKEN_HASH], struct ebb_err *err)
{
	unsigned char raw[32];

	if (sodium_init() < 0)
		return ebb_fail(err, EBB_E_INTERNAL, "No random numbers can be had here.");
	randombytes_buf(raw, sizeof raw);
	memcpy(text, prefix, sizeof prefix - 1);
	sodium_bin2base64(text + sizeof prefix - 1, EBB_TOKEN_TEXT - (sizeof prefix - 1), raw, sizeof raw,
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(raw, sizeof raw);
	ebb_token_hash(hash, text);
	return EBB_OK;
}

void
ebb_token_hash(char hash[EBB_TOKEN_HASH], const char *text)
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(digest, (const unsigned char *)text, strlen(text));
	sodium_bin2hex(hash, EBB_TOKEN_HASH, digest, sizeof digest);
}
