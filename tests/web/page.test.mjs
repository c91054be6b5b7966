// SPDX-License-Identifier: Apache-2.0
// The page "This desk", as a person meets it: with a mouse, with the keyboard alone, on a phone, in the dark.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faults, missing, openPage, signIn, startBrowser, startPage } from './lib/browser.mjs';

const skip = missing;
let desk, browser;
before(async () => { if (!skip) [desk, browser] = await Promise.all([startPage(), startBrowser()]); });
after(async () => { await browser?.close(); await desk?.stop(); });

test('the page says what runs here, and complains of nothing', { skip }, async () => {
  const page = await openPage(browser);
  await page.goto(`${desk.url}/`);
  await page.locator('#desk-health[data-state=good]').waitFor();
  await page.locator('#desk-ready[data-state=good]').waitFor();
  assert.match(await page.locator('#desk-version').textContent(), /^\d+\.\d+/);
  assert.match(await page.locator('#desk-schema').textContent(), /^migration \d+$/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a wrong pass-phrase is refused with a sentence, which gets the focus', { skip }, async () => {
  const page = await openPage(browser);
  await page.goto(`${desk.url}/`);
  await page.getByLabel('E-mail address').fill('dana@test.example');
  await page.getByLabel('Pass-phrase', { exact: true }).fill('wrong');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  const said = page.locator('#sign-in-error');
  await said.waitFor();
  assert.match(await said.textContent(), /pass-phrase/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'sign-in-error');
  assert.deepEqual(await faults(page), []);
  await page.context().close();
});

test('an agent signs in by keyboard alone and sees counts and the newest tickets', { skip }, async () => {
  const page = await openPage(browser);
  await page.goto(`${desk.url}/`);
  await page.locator('#signed-out').waitFor();
  const reached = async () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
  for (let presses = 0; await reached() !== 'email'; presses++) {
    assert.ok(presses < 20, 'the address is reached by Tab');
    await page.keyboard.press('Tab');
  }
  await page.keyboard.type('dana@test.example');
  await page.keyboard.press('Tab');
  await page.keyboard.type('fixture pass-phrase');
  await page.keyboard.press('Enter');
  await page.locator('#tickets tbody tr').first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'person-title');
  assert.equal(await page.locator('#person-title').textContent(), 'Dana Agent');
  assert.match(await page.locator('#person-facts').textContent(), /agent in IT · team Service Desk, Network$/);
  assert.equal(await page.locator('[data-figure=open]').textContent(), '3');
  assert.equal(await page.locator('[data-figure=unowned]').textContent(), '3');
  const rows = await page.locator('#tickets tbody tr').allTextContents();
  assert.equal(rows.length, 3);
  assert.match(rows[0], /Printer on floor 2/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('what a ticket says is shown as text, never as markup', { skip }, async () => {
  const page = await openPage(browser);
  await signIn(page, desk.url, 'dana@test.example');
  assert.equal(await page.getByText('<img src=x onerror').count(), 1);
  assert.equal(await page.locator('#tickets img').count(), 0);
  assert.equal(await page.title(), 'Ebb service desk');
  await page.context().close();
});

test('a requester sees their own tickets only', { skip }, async () => {
  const page = await openPage(browser);
  await signIn(page, desk.url, 'rae@test.example');
  assert.equal(await page.locator('#tickets tbody tr').count(), 2);
  assert.match(await page.locator('#person-facts').textContent(), /requester/);
  await page.context().close();
});

test('the session outlives a reload and ends by "Sign out"', { skip }, async () => {
  const page = await openPage(browser);
  await signIn(page, desk.url, 'dana@test.example');
  const [cookie] = await page.context().cookies();
  assert.ok(cookie.httpOnly, 'no script reads the session');
  await page.reload();
  await page.locator('#tickets tbody tr').first().waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.locator('#signed-out').waitFor();
  const reply = await desk.call('GET', '/api/v1/session', { headers: { cookie: `${cookie.name}=${cookie.value}` } });
  assert.equal(reply.status, 401, 'the old cookie opens nothing');
  await page.reload();
  await page.locator('#signed-out').waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

for (const colorScheme of ['light', 'dark'])
  test(`no serious accessibility fault, ${colorScheme}`, { skip }, async () => {
    const page = await openPage(browser, { colorScheme });
    await page.goto(`${desk.url}/`);
    await page.locator('#desk-ready[data-state=good]').waitFor();
    assert.deepEqual(await faults(page), [], 'signed out');
    await signIn(page, desk.url, 'dana@test.example');
    assert.deepEqual(await faults(page), [], 'signed in');
    await page.context().close();
  });

test('on 320 pixels nothing but the table scrolls sideways', { skip }, async () => {
  const page = await openPage(browser, { viewport: { width: 320, height: 640 } });
  await signIn(page, desk.url, 'dana@test.example');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  await page.context().close();
});

test('a desk that does not answer is told apart from one that refuses', { skip }, async () => {
  const page = await openPage(browser);
  await page.route('**/api/**', (route) => route.abort());
  await page.goto(`${desk.url}/`);
  await page.locator('#desk-health[data-state=bad]').waitFor();
  assert.equal(await page.locator('#desk-health').textContent(), 'does not answer');
  await page.getByLabel('E-mail address').fill('dana@test.example');
  await page.getByLabel('Pass-phrase', { exact: true }).fill('x');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('#sign-in-error').waitFor();
  assert.match(await page.locator('#sign-in-error').textContent(), /does not answer/);
  await page.context().close();
});
