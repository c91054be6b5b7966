// SPDX-License-Identifier: Apache-2.0
// What the sign-in tests share: an authority of their own, an OpenID provider (the npm package oidc-provider), a directory (slapd),
// and a browser that keeps cookies. What is missing skips the tests by name. It must not know a rule of the desk.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, until } from '../lib/desk.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const places = [], children = new Set();
export function place() {
  const folder = mkdtempSync(join(tmpdir(), 'ebb-signin-'));
  // The daemon runs as somebody else and has to read the authority's certificate.
  chmodSync(folder, 0o755);
  places.push(folder);
  return folder;
}
// A test that fails leaves nothing behind, and nothing keeps its process alive.
process.on('exit', () => {
  children.forEach((child) => child.kill('SIGKILL'));
  places.forEach((folder) => rmSync(folder, { recursive: true, force: true }));
});

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => { server.once('listening', done); });
  const { port } = server.address();
  await new Promise((done) => { server.close(done); });
  return port;
}

// ---- an authority, and a certificate of it for this machine ----

export function authority() {
  const folder = place();
  const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=Test authority', '-keyout', 'ca.key', '-out', 'ca.pem');
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr');
  writeFileSync(join(folder, 'san'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'san', '-out', 'server.pem');
  for (const name of ['ca.pem', 'server.pem', 'server.key']) chmodSync(join(folder, name), 0o644);
  return {
    folder, ca: join(folder, 'ca.pem'), cert: join(folder, 'server.pem'), key: join(folder, 'server.key'),
    tls: { cert: readFileSync(join(folder, 'server.pem')), key: readFileSync(join(folder, 'server.key')) },
  };
}

// ---- a browser ----

export class Browser {
  constructor(ca) {
    this.agent = new https.Agent({ ca: readFileSync(ca) });
    this.jar = new Map(); // by origin
  }

  // One request, cookies in and out, no redirect followed.
  async get(url) {
    const { origin, protocol } = new URL(url);
    const jar = this.jar.get(origin) ?? this.jar.set(origin, new Map()).get(origin);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const options = { headers: cookie ? { cookie } : {}, agent: protocol === 'https:' ? this.agent : undefined };
    const reply = await new Promise((done, fail) => {
      (protocol === 'https:' ? https : http).get(url, options, (message) => {
        let body = '';
        message.setEncoding('utf8').on('data', (part) => { body += part; }).on('end', () => done({ status: message.statusCode, headers: message.headers, body }));
      }).on('error', fail);
    });
    for (const line of reply.headers['set-cookie'] ?? []) {
      const [pair, ...rest] = line.split(';');
      const name = pair.slice(0, pair.indexOf('='));
      if (rest.some((part) => /^\s*max-age=0$/i.test(part)) || pair.endsWith('=')) jar.delete(name);
      else jar.set(name, pair.slice(name.length + 1));
    }
    return { ...reply, url, location: reply.headers.location && new URL(reply.headers.location, url).href };
  }

  // Follows redirects until the desk's page, or until `stop` says so of an address.
  async go(url, stop = () => false) {
    let reply = { location: url };
    for (let hop = 0; hop < 12 && reply.location && !stop(reply.location); hop++) {
      if (/\?session=/.test(reply.location)) break;
      reply = await this.get(reply.location);
    }
    return reply;
  }
}

// ---- an OpenID provider ----

function modules() {
  const folder = join(process.env.EBB_TESTS || join(build, 'tests'), 'signin-modules');
  if (!existsSync(join(folder, 'node_modules/oidc-provider'))) {
    mkdirSync(folder, { recursive: true });
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(here, name), join(folder, name));
    spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore', timeout: 180000 });
  }
  return pathToFileURL(createRequire(join(folder, 'package.json')).resolve('oidc-provider')).href;
}

let Provider;
export async function missingProvider() {
  if (spawnSync('openssl', ['version']).status !== 0) return 'openssl is not installed';
  try {
    const warn = console.warn;
    console.warn = () => {};
    ({ default: Provider } = await import(modules()));
    console.warn = warn;
    return false;
  } catch {
    return 'oidc-provider cannot be installed or loaded here';
  }
}

// people: {login: {sub, name, email, email_verified, groups}}; `who` signs in next. keys: a JWKS with private keys.
export async function startProvider({ tls, port, redirect, people, keys }) {
  const state = { who: null };
  const provider = new Provider(`https://localhost:${port}`, {
    clients: [{ client_id: 'desk', client_secret: 'client secret/+=', redirect_uris: [redirect], token_endpoint_auth_method: 'client_secret_basic' }],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'email', 'groups'],
    jwks: keys,
    cookies: { keys: ['test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (ctx, interaction) => `/auto/${interaction.uid}` },
    findAccount: (ctx, id) => ({ accountId: people[id].sub, claims: () => people[id] }),
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid profile email groups');
      await grant.save();
      return grant;
    },
    renderError(ctx, out) { ctx.type = 'json'; ctx.body = out; },
  });
  const callback = provider.callback();
  const server = https.createServer(tls, (request, response) => {
    if (!request.url.startsWith('/auto/')) callback(request, response);
    else if (state.who === null) provider.interactionFinished(request, response, { error: 'access_denied' });
    else provider.interactionFinished(request, response, { login: { accountId: state.who } });
  }).listen(port, '127.0.0.1');
  await new Promise((done) => { server.once('listening', done); });
  server.unref();
  return { state, issuer: `https://localhost:${port}`, stop: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }) };
}

// ---- between desk and directory ----

// Passes everything on to a port and keeps what the client said; with `mute` it takes the connection and says nothing.
export async function startWire(port, { mute = false } = {}) {
  const sockets = new Set();
  const wire = { said: Buffer.alloc(0) };
  const server = createServer((client) => {
    client.unref();
    sockets.add(client.on('error', () => {}));
    if (mute) return;
    const far = connect(port, '127.0.0.1').on('error', () => client.destroy());
    far.unref();
    sockets.add(far);
    client.on('data', (part) => { wire.said = Buffer.concat([wire.said, part]); });
    client.pipe(far).pipe(client);
  }).listen(0, '127.0.0.1');
  await new Promise((done) => { server.once('listening', done); });
  server.unref();
  wire.url = `ldap://127.0.0.1:${server.address().port}`;
  wire.stop = () => new Promise((done) => { sockets.forEach((socket) => socket.destroy()); server.close(done); });
  return wire;
}

// ---- a directory ----

export function missingDirectory() {
  if (!existsSync('/usr/sbin/slapd')) return 'slapd is not installed';
  return spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed';
}

const schemas = ['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`).join('\n');

// ldif: everything below dc=test. Returns {url, stop, start, home}; the root account is cn=admin,dc=test with the pass-phrase "admin pass".
export async function startDirectory({ keys, ldif, tls = true }) {
  const home = place();
  const [port, securePort] = [await freePort(), await freePort()];
  mkdirSync(join(home, 'db'));
  writeFileSync(join(home, 'slapd.conf'), `${schemas}
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${home}/pid
${tls ? `TLSCACertificateFile ${keys.ca}\nTLSCertificateFile ${keys.cert}\nTLSCertificateKeyFile ${keys.key}\n` : ''}
sizelimit 500
database mdb
suffix "dc=test"
rootdn "cn=admin,dc=test"
rootpw "admin pass"
directory ${home}/db
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=search,dc=test" read by self read by * none
`);
  writeFileSync(join(home, 'all.ldif'), ldif);
  execFileSync('/usr/sbin/slapadd', ['-f', join(home, 'slapd.conf'), '-l', join(home, 'all.ldif')], { stdio: 'pipe' });
  // libldap takes "localhost" for the machine's own name, which the certificate does not have.
  const url = `ldap://127.0.0.1:${port}`;
  let child;
  const directory = {
    url, port, home, secureUrl: `ldaps://127.0.0.1:${securePort}`,
    async start() {
      child = spawn('/usr/sbin/slapd', ['-d', '0', '-f', join(home, 'slapd.conf'), '-h', tls ? `${url} ldaps://127.0.0.1:${securePort}` : url], { stdio: 'ignore' });
      children.add(child);
      child.unref();
      await until(() => new Promise((done) => { connect(port, '127.0.0.1').once('connect', function ok() { this.destroy(); done(true); }).once('error', () => done(false)); }), { what: 'slapd' });
    },
    async stop() {
      const gone = new Promise((done) => { child.once('exit', done); });
      child.ref();
      child.kill('SIGTERM');
      await gone;
      children.delete(child);
    },
  };
  await directory.start();
  return directory;
}

// A change as the root account would make it, straight into the files: the directory is stopped meanwhile.
export async function changeDirectory(directory, ldif) {
  await directory.stop();
  writeFileSync(join(directory.home, 'change.ldif'), ldif);
  execFileSync('/usr/sbin/slapmodify', ['-f', join(directory.home, 'slapd.conf'), '-l', join(directory.home, 'change.ldif')], { stdio: 'pipe' });
  await directory.start();
}
