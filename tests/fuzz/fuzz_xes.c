/* SPDX-License-Identifier: Apache-2.0
 * An XES file: see reader.h.
 */
#include "ctl/reader.h"

#define EBB_FUZZ_FORMAT EBB_FORMAT_XES
#include "reader.h"
