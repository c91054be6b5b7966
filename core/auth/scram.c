/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see scram.h.
 * Memory:  on the stack, wiped.
 * Must not know: whose role it is.
 */
#include "auth/scram.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { KEY = crypto_auth_hmacsha256_BYTES, ITERATIONS = 4096, BASE64 = 48 };

enum ebb_rc
ebb_scram_password(char password[EBB_SCRAM_PASSWORD], struct ebb_err *err)
{
	unsigned char raw[24];

	if (sodium_init() < 0)
		return ebb_fail(err, EBB_E_INTERNAL, "No random numbers can be had here.");
	randombytes_buf(raw, sizeof raw);
	sodium_bin2base64(password, EBB_SCRAM_PASSWORD, raw, sizeof raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(raw, sizeof raw);
	return EBB_OK;
}

static void
hmac(unsigned char out[KEY], const unsigned char *key, size_t key_length, const void *text, size_t length)
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, key, key_length);
	crypto_auth_hmacsha256_update(&state, text, length);
	crypto_auth_hmacsha256_final(&state, out);
	sodium_memzero(&state, sizeof state);
}

/* Hi() of RFC 5802: PBKDF2 with one block. */
static void
salted(unsigned char out[KEY], const char *password, const unsigned char salt[EBB_SCRAM_SALT])
{
	unsigned char block[EBB_SCRAM_SALT + 4] = { 0 }, round[KEY];
	size_t length = strlen(password);

	memcpy(block, salt, EBB_SCRAM_SALT);
	block[sizeof block - 1] = 1;
	hmac(round, (const unsigned char *)password, length, block, sizeof block);
	memcpy(out, round, KEY);
	for (int i = 1; i < ITERATIONS; i++) {
		hmac(round, (const unsigned char *)password, length, round, sizeof round);
		for (int k = 0; k < KEY; k++)
			out[k] ^= round[k];
	}
	sodium_memzero(round, sizeof round);
}

enum ebb_rc
ebb_scram_verifier(char verifier[EBB_SCRAM_VERIFIER], const char *password, const unsigned char *salt, struct ebb_err *err)
{
	unsigned char own[EBB_SCRAM_SALT], key[KEY], client[KEY], stored[KEY], server[KEY];
	char texts[3][BASE64];

	if (sodium_init() < 0)
		return ebb_fail(err, EBB_E_INTERNAL, "No random numbers can be had here.");
	if (salt == NULL) {
		randombytes_buf(own, sizeof own);
		salt = own;
	}
	salted(key, password, salt);
	hmac(client, key, sizeof key, "Client Key", 10);
	hmac(server, key, sizeof key, "Server Key", 10);
	crypto_hash_sha256(stored, client, sizeof client);
	sodium_bin2base64(texts[0], BASE64, salt, EBB_SCRAM_SALT, sodium_base64_VARIANT_ORIGINAL);
	sodium_bin2base64(texts[1], BASE64, stored, sizeof stored, sodium_base64_VARIANT_ORIGINAL);
	sodium_bin2base64(texts[2], BASE64, server, sizeof server, sodium_base64_VARIANT_ORIGINAL);
	int length = snprintf(verifier, EBB_SCRAM_VERIFIER, "SCRAM-SHA-256$%d:%s$%s:%s", (int)ITERATIONS, texts[0], texts[1], texts[2]);
	EBB_ASSERT(length > 0 && length < EBB_SCRAM_VERIFIER);
	sodium_memzero(key, sizeof key);
	sodium_memzero(client, sizeof client);
	return EBB_OK;
}
