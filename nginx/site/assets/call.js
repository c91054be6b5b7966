// SPDX-License-Identifier: Apache-2.0
// One call of the API with this browser's session cookie. It must not know the document that shows the answer.

export class Refused extends Error {
  constructor(status, problem, requestId) {
    super(problem.detail || problem.title || `The desk answered ${status}.`);
    this.status = status;
    this.errors = Array.isArray(problem.errors) ? problem.errors : [];
    this.requestId = requestId;
    this.body = problem;
  }
}

// What the session says that changes have to repeat: another site's page can send the cookie, but not read this.
let csrf = null;

export function noteCsrf(token) {
  csrf = token ?? null;
}

export const csrfHeader = () => (csrf ? { 'X-Ebb-Csrf': csrf } : {});

function headersOf(method, body, version) {
  return {
    Accept: 'application/json',
    ...(body && { 'Content-Type': 'application/json' }),
    ...(method !== 'GET' && csrfHeader()),
    ...(version !== undefined && { 'If-Match': `"${version}"` }),
  };
}

// Gives the parsed answer, or null for an empty one; throws Refused for an answer that says no, TypeError or
// DOMException when nobody answered. version: of the object that is changed, as it was read.
export async function call(method, path, body, version) {
  const reply = await fetch(path, {
    method,
    headers: headersOf(method, body, version),
    body: body && JSON.stringify(body),
    cache: 'no-store',
    signal: AbortSignal.timeout(15000),
  });
  const text = await reply.text();
  let value = null;
  try {
    value = text === '' ? null : JSON.parse(text);
  } catch {
    if (reply.ok) throw new Refused(reply.status, { detail: 'The desk answered something that is not JSON.' }, reply.headers.get('X-Request-Id'));
  }
  // Not sent again with the new session's: it may be somebody else's.
  if (value?.errors?.some?.((error) => error.pointer === 'X-Ebb-Csrf'))
    value = { ...value, detail: 'Somebody has signed in anew in another window of this browser. Load this page again.', errors: [] };
  if (!reply.ok) throw new Refused(reply.status, value ?? {}, reply.headers.get('X-Request-Id'));
  return value;
}

export function sentence(error) {
  if (!(error instanceof Refused)) return 'The desk does not answer. Try again in a moment.';
  const details = error.errors.map((e) => e.detail).filter((d) => d && !error.message.includes(d));
  return [error.message, ...details].join(' ');
}
