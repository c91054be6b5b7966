// SPDX-License-Identifier: Apache-2.0
// The API document, drawn by swagger-ui and tried with this browser's own session or a pasted token.
// It must not know any operation.
import { call, csrfHeader, noteCsrf, sentence } from './call.js';
import { find, say } from './dom.js';
import { noteSession, readSession } from './session.js';

// The page has its own title and its own words about the document.
const withoutTitle = () => ({ wrapComponents: { InfoContainer: () => () => null } });
const dark = matchMedia('(prefers-color-scheme: dark)');

function followScheme() {
  document.documentElement.classList.toggle('dark-mode', dark.matches);
}

// Signing in or out through the document itself must be known to the other pages as well.
function watchSession(reply) {
  const path = new URL(reply.url, location.href).pathname;
  if (path === '/api/v1/session' && reply.ok) {
    noteSession(reply.status !== 204);
    noteCsrf(reply.obj?.csrf_token);
  }
  return reply;
}

// A change by the session's cookie has to repeat what the session says; a pasted token needs nothing of it.
function addCsrf(request) {
  if (request.method !== 'GET' && !request.headers.Authorization) Object.assign(request.headers, csrfHeader());
  return request;
}

// Calls go to where this page came from; its policy allows no other place. The session goes along by itself, and no
// script can set its cookie: a field for it would only mislead.
function prepare(document) {
  delete document.servers;
  delete document.components?.securitySchemes?.cookie;
  document.security = document.security?.filter((way) => !('cookie' in way));
}

// swagger-ui draws a parameter's field without a name that a screen reader could say; the row knows it.
function nameFields() {
  for (const row of find('swagger').querySelectorAll('tr[data-param-name]'))
    for (const field of row.querySelectorAll('select:not([aria-label]), input:not([aria-label]), textarea:not([aria-label])'))
      field.setAttribute('aria-label', row.dataset.paramName);
}

async function greet() {
  const session = await readSession();
  if (session) find('api-person').textContent = `Calls go out as ${session.person_name}, by your session.`;
}

async function start() {
  followScheme();
  dark.addEventListener('change', followScheme);
  try {
    const document = await call('GET', '/api/openapi.json');
    prepare(document);
    new MutationObserver(nameFields).observe(find('swagger'), { childList: true, subtree: true });
    SwaggerUIBundle({
      spec: document,
      dom_id: '#swagger',
      layout: 'BaseLayout',
      deepLinking: true,
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      filter: true,
      syntaxHighlight: false,
      validatorUrl: null,
      plugins: [withoutTitle],
      requestInterceptor: addCsrf,
      responseInterceptor: watchSession,
    });
    await greet();
  } catch (error) {
    say(find('api-error'), `The document cannot be shown. ${sentence(error)}`);
  }
}

start();
