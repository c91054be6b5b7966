/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the network an address belongs to: /24 of IPv4, /48 of IPv6. What a household or an office keeps while its
 *          machines change addresses.
 * Memory:  the caller's.
 * Must not know: what is counted per network.
 */
#ifndef EBB_AUTH_NETWORK_H
#define EBB_AUTH_NETWORK_H

#define EBB_NETWORK_TEXT 56

/* "192.0.2.0/24", "2001:db8:1::/48"; "unknown" for what is no address (a socket of this machine). */
void ebb_network_of(char network[EBB_NETWORK_TEXT], const char *address);

#endif
