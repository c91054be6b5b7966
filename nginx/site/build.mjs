// SPDX-License-Identifier: Apache-2.0
// Builds the page into dist/, or into the folder that EBB_SITE_OUT names: the pages in their frame, the assets
// under a folder named after their content (so that they may be cached for good), docs/*.md as HTML, swagger-ui as
// it came, and a .gz beside each text file for nginx's gzip_static. The whole folder is made anew in each run.
// Owner: the site. It must not know the API or anything about a running desk.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { renderDocs } from './docs.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const tree = resolve(process.env.EBB_TREE || join(here, '../..'));
const out = resolve(process.env.EBB_SITE_OUT || join(here, 'dist'));
const fresh = `${out}.new`;

function files(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((e) => (e.isDirectory() ? files(join(folder, e.name)) : [join(folder, e.name)]));
}

function write(path, text) {
  mkdirSync(dirname(join(fresh, path)), { recursive: true });
  writeFileSync(join(fresh, path), text);
}

// One hash over all assets names their folder, so that modules may import each other by plain relative names.
function placeAssets() {
  const sum = createHash('sha256');
  for (const file of files(join(here, 'assets'))) sum.update(relative(here, file)).update(readFileSync(file));
  const folder = `assets/${sum.digest('hex').slice(0, 12)}`;
  cpSync(join(here, 'assets'), join(fresh, folder), { recursive: true });
  const qr = dirname(createRequire(import.meta.url).resolve('uqr'));
  cpSync(join(qr, 'index.mjs'), join(fresh, folder, 'uqr.js'));
  cpSync(join(qr, '../LICENSE'), join(fresh, folder, 'uqr.LICENSE.txt'));
  return `/${folder}`;
}

function placeSwagger() {
  const from = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const { version } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  const folder = `assets/swagger-ui-${version}`;
  mkdirSync(join(fresh, folder), { recursive: true });
  for (const name of ['swagger-ui-bundle.js', 'swagger-ui-bundle.js.LICENSE.txt', 'swagger-ui.css', 'LICENSE', 'NOTICE'])
    cpSync(join(from, name), join(fresh, folder, name));
  return `/${folder}`;
}

function productVersion() {
  const found = /AC_INIT\(\[Ebb\],\s*\[([^\]]+)\]/.exec(readFileSync(join(tree, 'configure.ac'), 'utf8'));
  if (!found) throw new Error('configure.ac names no version');
  return found[1];
}

// {{name}} in a page or in the frame stands for a value; a name that is not there stops the build.
function fill(text, values) {
  return text.replace(/^<!--[^]*?-->\n/, '').replace(/\{\{(\w+)\}\}/g, (whole, name) => {
    if (!(name in values)) throw new Error(`no value for ${whole}`);
    return values[name];
  });
}

function compress() {
  for (const file of files(fresh))
    if (/\.(html|css|js|svg|json|txt)$/.test(file) && statSync(file).size > 256)
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
}

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });

const common = { assets: placeAssets(), swagger: placeSwagger(), version: productVersion() };
const frame = readFileSync(join(here, 'frame.html'), 'utf8');
const framed = ({ title, head = '', body, section, main = 'main' }) => {
  const current = { home: '', docs: '', api: '', account: '', people: '', [section]: ' aria-current="true"' };
  return fill(frame, { ...common, ...current, title, section, main, head: fill(head, common), body });
};
const page = (name) => fill(readFileSync(join(here, 'pages', name), 'utf8'), common);
const module = (name) => `<script type="module" src="{{assets}}/${name}"></script>`;

write('index.html', framed({ title: 'Ebb service desk', section: 'home', head: module('home.js'), body: page('home.html') }));
for (const [name, title, section] of [['account', 'Your account', 'account'], ['people', 'People', 'people'], ['forgotten', 'Forgotten pass-phrase', 'home'], ['redeem', 'Choose your pass-phrase', 'home']])
  write(`${name}/index.html`, framed({ title: `${title} · Ebb`, section, head: module(`${name}.js`), body: page(`${name}.html`) }));
write('docs/api/index.html', framed({
  title: 'API · Ebb', section: 'api', main: 'div', body: page('api.html'),
  head: `<link rel="stylesheet" href="{{swagger}}/swagger-ui.css">\n<script defer src="{{swagger}}/swagger-ui-bundle.js"></script>\n${module('apidoc.js')}`,
}));
for (const doc of renderDocs(tree)) {
  if (doc.html === undefined) write(doc.path, readFileSync(doc.source));
  else write(doc.path, framed({ title: `${doc.title} · Ebb`, section: 'docs', body: doc.html }));
}
cpSync(join(here, 'favicon.svg'), join(fresh, 'favicon.svg'));
compress();

rmSync(out, { recursive: true, force: true });
renameSync(fresh, out);
console.log(`site: ${files(out).length} files in ${out}`);
