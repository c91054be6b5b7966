/* SPDX-License-Identifier: Apache-2.0
 * A file of JSON rows: see reader.h.
 */
#include "ctl/reader.h"

#define EBB_FUZZ_FORMAT EBB_FORMAT_JSON
#include "reader.h"
