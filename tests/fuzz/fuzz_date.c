/* SPDX-License-Identifier: Apache-2.0
 * Purpose: any date in any form: the form stands before the first line end, the text after it. What is read can be written, and
 * reads as itself again.
 * Memory: none. Must not know: mappings.
 */
#include "base/check.h"
#include "ctl/date.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char form[100], written[EBB_DATE_TEXT];
    struct ebb_date date, again;
    const uint8_t *end = memchr(data, '\n', size);
    size_t len = end == NULL ? 0 : (size_t)(end - data);
    if (end == NULL || len >= sizeof form)
        return 0;
    memcpy(form, data, len);
    form[len] = '\0';
    if (ebb_date_form_fault(form) != NULL)
        return 0;
    if (ebb_date_read(form, (const char *)end + 1, size - len - 1, &date) != NULL)
        return 0;
    ebb_date_write(&date, written);
    EBB_ASSERT(ebb_date_read("iso", written, strlen(written), &again) == NULL);
    EBB_ASSERT(ebb_date_compare(&date, &again) == 0 && date.has_offset == again.has_offset);
    return 0;
}
