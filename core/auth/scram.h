/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a password for a database role, and what PostgreSQL keeps of it (SCRAM-SHA-256, RFC 5802 and 7677), so that the
 *          password itself never travels to the server nor into its log.
 * Memory:  the caller's; wipe with ebb_secret_wipe() what is not needed any more.
 * Must not know: whose role it is.
 */
#ifndef EBB_AUTH_SCRAM_H
#define EBB_AUTH_SCRAM_H

#include "base/err.h"

#define EBB_SCRAM_PASSWORD 33  /* 32 characters of base64url over 24 random bytes, NUL */
#define EBB_SCRAM_VERIFIER 140 /* SCRAM-SHA-256$4096:<salt>$<stored key>:<server key>, NUL */
#define EBB_SCRAM_SALT     16

EBB_MUST enum ebb_rc ebb_scram_password(char password[EBB_SCRAM_PASSWORD], struct ebb_err *err);
/* The password is ASCII, so that it is its own SASLprep form. salt: NULL takes a random one. */
EBB_MUST enum ebb_rc ebb_scram_verifier(char verifier[EBB_SCRAM_VERIFIER], const char *password, const unsigned char *salt, struct ebb_err *err);

#endif
