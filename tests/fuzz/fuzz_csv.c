/* SPDX-License-Identifier: Apache-2.0
 * A CSV file: see reader.h.
 */
#include "ctl/reader.h"

#define EBB_FUZZ_FORMAT EBB_FORMAT_CSV
#include "reader.h"
