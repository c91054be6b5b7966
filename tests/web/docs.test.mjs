// SPDX-License-Identifier: Apache-2.0
// The built site by itself: every link and picture leads somewhere, every text file has its .gz, and the docs are readable.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { faults, missing, openPage, site, startBrowser, startPage } from './lib/browser.mjs';

const skip = missing;
let desk, browser;
before(async () => { if (!skip) [desk, browser] = await Promise.all([startPage(), startBrowser()]); });
after(async () => { await browser?.close(); await desk?.stop(); });

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(folder, e.name)) : [join(folder, e.name)]));
}

const served = (path) => {
  const file = join(site, path);
  return existsSync(file) && statSync(file).isDirectory() ? join(file, 'index.html') : file;
};

test('every link, picture and script of every page is there', { skip: site ? false : missing }, () => {
  const broken = [];
  for (const file of files(site).filter((f) => f.endsWith('.html'))) {
    const from = `/${relative(site, file).replace(/index\.html$/, '')}`;
    for (const [, href] of readFileSync(file, 'utf8').matchAll(/ (?:href|src)="([^"]+)"/g)) {
      const url = new URL(href.replace(/&amp;/g, '&'), `http://site${from}`);
      if (url.host !== 'site' || url.pathname.startsWith('/api/')) continue;
      const to = served(decodeURIComponent(url.pathname));
      const id = decodeURIComponent(url.hash.slice(1));
      if (!existsSync(to)) broken.push(`${from}: ${href}`);
      else if (id && !readFileSync(to, 'utf8').includes(`id="${id}"`)) broken.push(`${from}: ${href} (no such heading)`);
    }
  }
  assert.deepEqual(broken, []);
});

test('every text file has its compressed twin', { skip: site ? false : missing }, () => {
  const texts = files(site).filter((f) => /\.(html|css|js|svg)$/.test(f) && statSync(f).size > 256);
  assert.ok(texts.length > 20);
  for (const file of texts) assert.deepEqual(gunzipSync(readFileSync(`${file}.gz`)), readFileSync(file), file);
});

test('no page asks another site for anything', { skip: site ? false : missing }, () => {
  for (const file of files(site).filter((f) => f.endsWith('.html')))
    assert.doesNotMatch(readFileSync(file, 'utf8'), /<(?:script|link|img)[^>]+(?:src|href)="https?:/, file);
});

test('the docs are read from page to page without a complaint', { skip }, async () => {
  const page = await openPage(browser);
  await page.goto(`${desk.url}/`);
  await page.locator('#desk-ready[data-state=good]').waitFor();
  await page.getByRole('link', { name: 'Documentation' }).click();
  await page.getByRole('navigation', { name: 'Documentation' }).getByRole('link', { name: 'Architecture' }).click();
  await page.getByRole('heading', { level: 1, name: 'Architecture' }).waitFor();
  const drawn = await page.locator('img').evaluateAll((pictures) => pictures.every((p) => p.complete && p.naturalWidth > 0 && p.alt.length > 40));
  assert.ok(drawn, 'pictures are drawn and told in words');
  assert.deepEqual(page.complaints, []);
  for (const path of ['/docs/', '/docs/readme.html', '/docs/hacking.html', '/docs/errors/']) {
    await page.goto(desk.url + path);
    assert.deepEqual(await faults(page), [], path);
  }
  await page.goto(`${desk.url}/docs/errors#stale`);
  assert.match(await page.locator('#stale').textContent(), /stale/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
