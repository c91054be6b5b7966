/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: from a pass-phrase to the proof the database compares (Argon2id). The database keeps sha256(proof)
 * only, so neither a dump nor the daemon's role opens a session without the pass-phrase. Memory:  the caller's;
 * wiped here as far as it is ours. Must not know: persons, HTTP, SQL.
 */
#ifndef EBB_AUTH_PASSWORD_H
#define EBB_AUTH_PASSWORD_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define EBB_PROOF_HEX 65 /* 32 bytes in hex, NUL */
#define EBB_SALT_BYTES 16
#define EBB_SALT_HEX 33
#define EBB_PASSWORD_LEAST 12 /* characters, for new ones */

/* What a new pass-phrase is derived with: 64 MiB, two passes. Old rows keep their own. */
#define EBB_ARGON_OPS 2
#define EBB_ARGON_MEM ((uint64_t)64 << 20)

struct ebb_password_cost {
	unsigned char salt[EBB_SALT_BYTES];
	uint64_t opslimit, memlimit;
};

/* A fresh salt and today's cost. */
EBB_MUST enum ebb_rc ebb_password_new_cost(struct ebb_password_cost *cost, struct ebb_err *err);
/* Salt as the database writes it: 32 hex digits, with or without bytea's \x. */
EBB_MUST enum ebb_rc ebb_password_read_cost(struct ebb_password_cost *cost, const char *salt, const char *opslimit,
					    const char *memlimit, struct ebb_err *err);
void ebb_password_salt_hex(char hex[EBB_SALT_HEX], const struct ebb_password_cost *cost);
/* Takes a tenth of a second or more and cost->memlimit bytes. */
EBB_MUST enum ebb_rc ebb_password_derive(char proof[EBB_PROOF_HEX], const char *password, size_t length,
					 const struct ebb_password_cost *cost, struct ebb_err *err);
/* What the database stores of a proof: hex of sha256 over its 32 bytes. */
void ebb_password_verifier(char hex[EBB_PROOF_HEX], const char proof[EBB_PROOF_HEX]);
void ebb_secret_wipe(const void *secret, size_t bytes);

/* At most EBB_HASHES_AT_ONCE derivations per host: places in a lock file. A place is given back by close(fd),
 * also by the kernel when its holder dies. -1 when none came free until until_us (monotonic). */
#define EBB_HASHES_AT_ONCE 2
int ebb_password_place(const char *lock_file, int64_t until_us);

#endif
