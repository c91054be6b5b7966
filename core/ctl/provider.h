/* SPDX-License-Identifier: Apache-2.0
 * Purpose: what the commands of `ebbctl provider` share.
 * Memory: ctl->arena; secrets on a secret arena.
 * Must not know: which settings there are.
 */
#ifndef EBB_CTL_PROVIDER_H
#define EBB_CTL_PROVIDER_H

#include "auth/provider.h"
#include "conf/secret.h"
#include "ctl/ctl.h"

/* The desk's key file, as its ebb.conf says; NULL with *code set when it is not known which. */
const char *ebb_ctl_key_file(struct ebb_ctl *ctl, int *code);
/* {"provider_code": code} */
json_t *ebb_ctl_provider_args(const char *code);

#endif
