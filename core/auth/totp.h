/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: one-time codes after RFC 6238 (SHA-1, six digits, 30 seconds: what every authenticator speaks), and the
 *          recovery codes for who has lost theirs.
 * Memory:  the caller's; a secret arena for what is shown once.
 * Must not know: who signs in, HTTP, SQL.
 */
#ifndef EBB_AUTH_TOTP_H
#define EBB_AUTH_TOTP_H

#include "base/err.h"

#include <stdint.h>

#define EBB_TOTP_SECRET     33 /* 160 random bits in base32, NUL */
#define EBB_RECOVERY_TEXT   20 /* 80 random bits as xxxx-xxxx-xxxx-xxxx, NUL */
#define EBB_RECOVERY_HASH   65
#define EBB_RECOVERY_CODES  10

EBB_MUST enum ebb_rc ebb_totp_new(char secret[EBB_TOTP_SECRET], struct ebb_err *err);
/* The time step a code belongs to: now's, the one before or the one after; -1 for none. */
int64_t ebb_totp_step(const char *secret, const char *code, int64_t now_s);
/* What an authenticator reads from a QR code (otpauth://). */
const char *ebb_totp_uri(struct ebb_arena *arena, const char *account, const char *secret);

EBB_MUST enum ebb_rc ebb_recovery_new(char text[EBB_RECOVERY_TEXT], struct ebb_err *err);
/* As the database keeps it; typed with or without hyphens, in whatever case. False when it cannot be one. */
bool ebb_recovery_hash(char hash[EBB_RECOVERY_HASH], int64_t person_id, const char *typed);

#endif
