/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: makes credentials: `ebb_` and 43 base64url characters of 32 random bytes, and the hash under which the
 *          database knows them. Sessions and tokens have the same form.
 * Memory:  the caller's; wipe with ebb_secret_wipe() what is not needed any more.
 * Must not know: who gets one, HTTP, SQL.
 */
#ifndef EBB_AUTH_TOKEN_H
#define EBB_AUTH_TOKEN_H

#include "base/err.h"

#define EBB_TOKEN_TEXT 48 /* prefix, 43 characters, NUL */
#define EBB_TOKEN_HASH 65 /* lower-case hex of sha256, NUL */

EBB_MUST enum ebb_rc ebb_token_new(char text[EBB_TOKEN_TEXT], char hash[EBB_TOKEN_HASH], struct ebb_err *err);
/* sha256 over the whole text, with its prefix. */
void ebb_token_hash(char hash[EBB_TOKEN_HASH], const char *text);

#endif
