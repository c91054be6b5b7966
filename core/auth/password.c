/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see password.h.
 * Memory:  on the stack, wiped; libsodium frees its own.
 * Must not know: where cost and salt come from.
 */
#include "auth/password.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A row with more would be a fault or an attack on our memory, not a stronger pass-phrase. */
#define OPS_MOST 16
#define MEM_MOST ((uint64_t)256 << 20)
#define PROOF_BYTES 32
#define PLACE_STEP_NS 10000000

_Static_assert(EBB_SALT_BYTES == crypto_pwhash_SALTBYTES, "libsodium changed its salt");

enum ebb_rc
ebb_password_new_cost(struct ebb_password_cost *cost, struct ebb_err *err)
{
	if (sodium_init() < 0)
		return ebb_fail(err, EBB_E_INTERNAL, "No random numbers can be had here.");
	randombytes_buf(cost->salt, sizeof cost->salt);
	cost->opslimit = EBB_ARGON_OPS;
	cost->memlimit = EBB_ARGON_MEM;
	return EBB_OK;
}

enum ebb_rc
ebb_password_read_cost(struct ebb_password_cost *cost, const char *salt, const char *opslimit, const char *memlimit,
		       struct ebb_err *err)
{
	size_t bytes = 0;

	if (salt != NULL && strncmp(salt, "\\x", 2) == 0)
		salt += 2;
	cost->opslimit = opslimit ? strtoull(opslimit, NULL, 10) : 0;
	cost->memlimit = memlimit ? strtoull(memlimit, NULL, 10) : 0;
	if (salt == NULL || strlen(salt) != 2 * EBB_SALT_BYTES ||
	    sodium_hex2bin(cost->salt, sizeof cost->salt, salt, strlen(salt), NULL, &bytes, NULL) != 0 ||
	    bytes != EBB_SALT_BYTES || cost->opslimit < crypto_pwhash_OPSLIMIT_MIN || cost->opslimit > OPS_MOST ||
	    cost->memlimit < crypto_pwhash_MEMLIMIT_MIN || cost->memlimit > MEM_MOST)
		return ebb_fail(err, EBB_E_INTERNAL, "The pass-phrase on file cannot be checked.");
	return EBB_OK;
}

void
ebb_password_salt_hex(char hex[EBB_SALT_HEX], const struct ebb_password_cost *cost)
{
	sodium_bin2hex(hex, EBB_SALT_HEX, cost->salt, sizeof cost->salt);
}

enum ebb_rc
ebb_password_derive(char proof[EBB_PROOF_HEX], const char *password, size_t length,
		    const struct ebb_password_cost *cost, struct ebb_err *err)
{
	unsigned char key[PROOF_BYTES];
	int rc;

	if (sodium_init() < 0)
		return ebb_fail(err, EBB_E_INTERNAL, "The pass-phrase cannot be checked here.");
	rc = crypto_pwhash(key, sizeof key, password, length, cost->salt, cost->opslimit, (size_t)cost->memlimit,
			   crypto_pwhash_ALG_ARGON2ID13);
	if (rc == 0)
		sodium_bin2hex(proof, EBB_PROOF_HEX, key, sizeof key);
	sodium_memzero(key, sizeof key);
	if (rc == 0)
		return EBB_OK;
	err->retry_after_s = 2;
	return ebb_fail(err, EBB_E_UNAVAILABLE, "There is not memory enough just now to check a pass-phrase.");
}

void
ebb_password_verifier(char hex[EBB_PROOF_HEX], const char proof[EBB_PROOF_HEX])
{
	unsigned char key[PROOF_BYTES], digest[crypto_hash_sha256_BYTES];
	size_t bytes = 0;

	EBB_ASSERT(sodium_hex2bin(key, sizeof key, proof, 2 * sizeof key, NULL, &bytes, NULL) == 0 &&
		   bytes == sizeof key);
	crypto_hash_sha256(digest, key, sizeof key);
	sodium_bin2hex(hex, EBB_PROOF_HEX, digest, sizeof digest);
	sodium_memzero(key, sizeof key);
}

void
ebb_secret_wipe(const void *secret, size_t bytes)
{
	/* The owner lent it read-only; it ends here all the same. */
	sodium_memzero((void *)(uintptr_t)secret, bytes);
}

int
ebb_password_place(const char *lock_file, int64_t until_us)
{
	int fd = open(lock_file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	while (fd >= 0) {
		for (int i = 0; i < EBB_HASHES_AT_ONCE; i++) {
			struct flock place = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = i, .l_len = 1 };
			if (fcntl(fd, F_SETLK, &place) == 0)
				return fd;
		}
		if (ebb_mono_us() >= until_us || (errno != EAGAIN && errno != EACCES)) {
			close(fd);
			return -1;
		}
		/* Fair enough: waiting for a place is rare, and each step is a twentieth of a derivation. */
		nanosleep(&(struct timespec){ .tv_nsec = PLACE_STEP_NS }, NULL);
	}
	return -1;
}
