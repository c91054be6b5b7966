// SPDX-License-Identifier: Apache-2.0
// What the browser tests stand on: a desk with the built page, a headless Chromium, an accessibility check.
// Missing tools skip the tests by name: `missing` says which. It must not know what is on a page.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, startDesk, tree } from '../../lib/desk.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const chromium = process.env.EBB_CHROMIUM || '/usr/bin/chromium';
export const passphrase = 'fixture pass-phrase'; // tests/lib/fixture.sql

// Packages are installed beside the other leavings of the tests, so that the tree stays clean.
function modules() {
  const folder = join(process.env.EBB_TESTS || join(build, 'tests'), 'web-modules');
  if (!existsSync(join(folder, 'node_modules/playwright-core'))) {
    mkdirSync(folder, { recursive: true });
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(here, '..', name), join(folder, name));
    spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore', timeout: 120000 });
  }
  return createRequire(join(folder, 'package.json'));
}

function sitePath() {
  const places = [join(build, 'nginx/site/dist'), join(tree, 'nginx/site/dist')];
  return process.env.EBB_SITE || places.find((place) => existsSync(join(place, 'index.html')));
}

function load() {
  if (!existsSync(chromium)) return { missing: 'chromium is not installed' };
  if (!sitePath()) return { missing: 'the page is not built: make site' };
  try {
    const find = modules();
    return { playwright: find('playwright-core'), axe: readFileSync(find.resolve('axe-core/axe.min.js'), 'utf8') };
  } catch {
    return { missing: 'playwright-core and axe-core cannot be installed' };
  }
}

export const site = sitePath();
const { playwright, axe, missing: reason } = load();
export const missing = reason ?? false;

// A desk whose nginx serves the page; some tickets to look at.
export async function startPage() {
  const desk = await startDesk();
  cpSync(site, join(desk.paths.home, 'site'), { recursive: true });
  for (const [as, subject] of [['rae', 'VPN drops every hour'], ['rae', '<img src=x onerror="document.title=1">'], ['dana', 'Printer on floor 2']]) {
    const opened = await desk.call('POST', '/api/v1/tickets', { as, body: { subject, service_id: 51 } });
    if (opened.status !== 201) throw new Error(`opening a ticket: ${opened.status} ${opened.text}`);
  }
  return desk;
}

export function startBrowser() {
  return playwright.chromium.launch({
    executablePath: chromium,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
}

// A page in a context of its own, with what it complained of in page.complaints.
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.complaints = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text()); });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  return page;
}

export async function signIn(page, url, email) {
  await page.goto(`${url}/`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Pass-phrase', { exact: true }).fill(passphrase);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('#tickets tbody tr').first().waitFor();
}

// Serious and critical faults by WCAG 2.2 A and AA, as "rule: place".
export async function faults(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  return found.violations.filter((v) => ['serious', 'critical'].includes(v.impact))
    .flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.target.join(' ')}`));
}
