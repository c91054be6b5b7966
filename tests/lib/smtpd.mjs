// SPDX-License-Identifier: Apache-2.0
// A real mail server (smtpd.py, on aiosmtpd) beside a desk, and certificates for it. It must not know what a mail says.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from './desk.mjs';

const lib = dirname(fileURLToPath(import.meta.url));
// Debian's package is for Debian's Python; another one may stand before it in the path.
const python = ['/usr/bin/python3', 'python3'].find((one) => spawnSync(one, ['-c', 'import aiosmtpd.smtp']).status === 0);
export const missing = python ? false : 'aiosmtpd is not installed (Debian: python3-aiosmtpd)';

class MailServer {
  // offered: all that came, in order; takes(address): the mails for somebody.
  constructor(child) {
    this.child = child;
    this.offered = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line);
      if (said.port) this.port = said.port;
      else this.offered.push(said);
    });
  }

  for(address) {
    return this.offered.filter((mail) => mail.taken && mail.to.includes(address));
  }

  // The n-th mail for an address, once it has come.
  async mail(address, n = 1, seconds = 20) {
    await until(() => this.for(address).length >= n, { seconds, what: `mail ${n} for ${address}` });
    return this.for(address)[n - 1];
  }

  stop() {
    this.child.kill();
  }
}

export async function startMailServer(...args) {
  const server = new MailServer(spawn(python, ['-B', join(lib, 'smtpd.py'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] }));
  await until(() => server.port, { what: 'a port of the mail server' });
  return server;
}

function openssl(...args) {
  const done = spawnSync('openssl', args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`openssl ${args[0]}: ${done.stderr}`);
}

// An authority and certificates by it: names.good for `host`, names.old which has expired, names.other for another host.
export function makeCertificates(host = '127.0.0.1') {
  const folder = mkdtempSync('/tmp/ebb-certs-');
  const at = (name) => join(folder, name);
  const alternative = (name) => `subjectAltName=${/^[0-9.]+$/.test(name) ? 'IP' : 'DNS'}:${name}`;
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '30', '-subj', '/CN=Test authority');
  const make = (name, forHost, days) => {
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', '/CN=mail');
    writeFileSync(at(`${name}.ext`), alternative(forHost));
    openssl('x509', '-req', '-in', at(`${name}.csr`), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-out', at(`${name}.pem`),
      '-days', String(days), '-extfile', at(`${name}.ext`));
    return [at(`${name}.pem`), at(`${name}.key`)];
  };
  chmodSync(folder, 0o755); // the desk may run as another user
  return {
    ca: at('ca.pem'), good: make('good', host, 30), other: make('other', 'elsewhere.example', 30), old: make('old', host, -1), remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
