/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see totp.h.
 * Memory:  on the stack and in liboath's own buffers, wiped.
 * Must not know: which steps were used; the database does.
 */
#include "auth/totp.h"

#include "base/str.h"

#include <ctype.h>
#include <liboath/oath.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_BYTES = 20, STEP_S = 30, WINDOW = 1, DIGITS = 6, RECOVERY_SIGNS = 16 };

/* Crockford's: nothing that is read as something else. */
static const char signs[] = "0123456789abcdefghjkmnpqrstvwxyz";

enum ebb_rc
ebb_totp_new(char secret[EBB_TOTP_SECRET], struct ebb_err *err)
{
	char raw[SECRET_BYTES], *text = NULL;
	size_t length = 0;

	if (sodium_init() < 0)
		return ebb_fail(err, EBB_E_INTERNAL, "No random numbers can be had here.");
	randombytes_buf(raw, sizeof raw);
	if (oath_base32_encode(raw, sizeof raw, &text, &length) == OATH_OK && length == EBB_TOTP_SECRET - 1)
		memcpy(secret, text, EBB_TOTP_SECRET);
	else
		length = 0;
	sodium_memzero(raw, sizeof raw);
	if (text != NULL)
		sodium_memzero(text, strlen(text));
	free(text);
	return length != 0 ? EBB_OK : ebb_fail(err, EBB_E_INTERNAL, "A secret for one-time codes cannot be made here.");
}

int64_t
ebb_totp_step(const char *secret, const char *code, int64_t now_s)
{
	uint64_t step = 0;
	char *raw = NULL;
	size_t length = 0;
	int rc = OATH_INVALID_OTP;

	if (strlen(code) != DIGITS || strspn(code, "0123456789") != DIGITS)
		return -1;
	if (oath_base32_decode(secret, strlen(secret), &raw, &length) == OATH_OK)
		rc = oath_totp_validate3(raw, length, (time_t)now_s, STEP_S, 0, WINDOW, NULL, &step, code);
	if (raw != NULL)
		sodium_memzero(raw, length);
	free(raw);
	return rc >= 0 ? (int64_t)step : -1;
}

const char *
ebb_totp_uri(struct ebb_arena *arena, const char *account, const char *secret)
{
	struct ebb_str out;

	ebb_str_init(&out, arena, 256);
	ebb_str_add(&out, "otpauth://totp/Ebb:");
	for (const unsigned char *at = (const unsigned char *)account; *at != '\0'; at++) {
		if (isalnum(*at) || strchr("-._~", *at) != NULL)
			ebb_str_char(&out, (char)*at);
		else
			ebb_str_printf(&out, "%%%02X", *at);
	}
	ebb_str_printf(&out, "?secret=%s&issuer=Ebb&algorithm=SHA1&digits=%d&period=%d", secret, DIGITS, STEP_S);
	return ebb_str_done(&out);
}

enum ebb_rc
ebb_recovery_new(char text[EBB_RECOVERY_TEXT], struct ebb_err *err)
{
	unsigned char raw[RECOVERY_SIGNS];
	size_t at = 0;

	if (sodium_init() < 0)
		return ebb_fail(err, EBB_E_INTERNAL, "No random numbers can be had here.");
	randombytes_buf(raw, sizeof raw);
	for (int i = 0; i < RECOVERY_SIGNS; i++) {
		if (i > 0 && i % 4 == 0)
			text[at++] = '-';
		text[at++] = signs[raw[i] % 32];
	}
	text[at] = '\0';
	sodium_memzero(raw, sizeof raw);
	return EBB_OK;
}

/* What people read out of a letter: o for 0, i and l for 1. */
static char
sign_of(char typed)
{
	char sign = (char)tolower((unsigned char)typed);

	sign = sign == 'o' ? '0' : sign == 'i' || sign == 'l' ? '1' : sign;
	return sign != '\0' && strchr(signs, sign) != NULL ? sign : '\0';
}

bool
ebb_recovery_hash(char hash[EBB_RECOVERY_HASH], int64_t person_id, const char *typed)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char text[80], plain[RECOVERY_SIGNS + 1];
	int count = 0;

	for (; *typed != '\0'; typed++) {
		if (*typed == '-' || *typed == ' ')
			continue;
		if (count == RECOVERY_SIGNS || sign_of(*typed) == '\0')
			return false;
		plain[count++] = sign_of(*typed);
	}
	plain[count] = '\0';
	if (count != RECOVERY_SIGNS)
		return false;
	snprintf(text, sizeof text, "ebb recovery %lld %s", (long long)person_id, plain);
	crypto_hash_sha256(digest, (const unsigned char *)text, strlen(text));
	sodium_bin2hex(hash, EBB_RECOVERY_HASH, digest, sizeof digest);
	sodium_memzero(text, sizeof text);
	sodium_memzero(plain, sizeof plain);
	return true;
}
