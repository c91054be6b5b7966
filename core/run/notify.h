/* SPDX-License-Identifier: Apache-2.0
 * Word to the service manager (sd_notify's datagram, without its library). Does nothing where NOTIFY_SOCKET is
 * not set. Memory: none. It must not know: what the words mean.
 */
#ifndef EBB_RUN_NOTIFY_H
#define EBB_RUN_NOTIFY_H

#include <stdint.h>

void ebb_notify(const char *words); /* "READY=1", "STOPPING=1" ... */
void ebb_notify_reloading(int64_t now_ms);
int64_t ebb_notify_watchdog_ms(void); /* how often WATCHDOG=1 is wanted; 0: never */

#endif
