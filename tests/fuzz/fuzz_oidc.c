/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: what an OpenID provider sends: discovery document, key set, answer to a code, identity token, claims. The
 * first byte chooses. Whatever comes, nothing is believed that was not signed, and what is taken over is within its bounds.
 */
#include "auth/fetch.h"
#include "auth/jwt.h"
#include "auth/oidc_doc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool claim)
{
    if (!claim)
        abort();
}

static void document(const char *text, size_t size, struct ebb_arena *arena, struct ebb_err *err)
{
    struct ebb_oidc_doc doc;
    if (ebb_oidc_doc_read(&doc, text, size, "https://id.example", arena, err) == EBB_OK)
        must(ebb_fetch_is_url(doc.token_endpoint) && ebb_fetch_is_url(doc.jwks_uri) && ebb_fetch_is_url(doc.authorization_endpoint));
}

static void key_set(const char *text, size_t size, struct ebb_arena *arena, struct ebb_err *err)
{
    static const char token[] = "eyJhbGciOiJFUzI1NiJ9.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    struct ebb_jwt jwt;
    json_t *set;
    must(ebb_jwt_read(&jwt, token, strlen(token), arena, err) == EBB_OK);
    if (ebb_jwt_key_set(&set, text, size, err) != EBB_OK)
        return;
    must(ebb_jwt_verify(&jwt, set) != EBB_JWT_GOOD);
    json_decref(set);
}

static void identity(const char *text, size_t size, struct ebb_arena *arena, struct ebb_err *err)
{
    const struct ebb_jwt_want want = { .issuer = "https://id.example", .client_id = "desk", .nonce = "n-1", .now_s = 1800000000 };
    const char *subject;
    struct ebb_jwt jwt;
    if (ebb_jwt_read(&jwt, text, size, arena, err) != EBB_OK)
        return;
    must(strcmp(jwt.alg, "RS256") == 0 || strcmp(jwt.alg, "ES256") == 0);
    if (ebb_jwt_claims(&jwt, &want, &subject, err) == EBB_OK)
        must(strlen(subject) >= 1 && strlen(subject) <= 255);
}

static void facts_of(const char *text, size_t size, struct ebb_arena *arena)
{
    struct ebb_oidc_facts facts;
    json_t *claims = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    ebb_oidc_facts_read(&facts, claims, NULL, "groups", arena);
    if (facts.groups_json != NULL) {
        json_t *groups = json_loads(facts.groups_json, 0, NULL);
        must(json_is_array(groups) && json_array_size(groups) <= EBB_GROUPS_MOST);
        json_decref(groups);
    }
    must(facts.email == NULL || strchr(facts.email, '@') != NULL);
    json_decref(claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ebb_oidc_tokens tokens;
    struct ebb_arena *arena;
    struct ebb_err err;
    if (size == 0)
        return 0;
    arena = ebb_arena_new("fuzz", EBB_ARENA_PLAIN);
    ebb_err_init(&err, arena);
    const char *text = (const char *)data + 1;
    switch (data[0]) {
    case 'd': document(text, size - 1, arena, &err); break;
    case 'k': key_set(text, size - 1, arena, &err); break;
    case 'i': identity(text, size - 1, arena, &err); break;
    case 'f': facts_of(text, size - 1, arena); break;
    default:
        if (ebb_oidc_tokens_read(&tokens, text, size - 1, arena, &err) == EBB_OK)
            must(*tokens.id_token != '\0');
        break;
    }
    ebb_arena_free(&arena);
    return 0;
}
