// SPDX-License-Identifier: Apache-2.0
// The docs as pages: docs/**/*.md to HTML with a list of all pages beside the text. docs/index.md is the table of
// contents: its links, in their order, are that list; a page it does not name comes last.
// Owner: the site's build. It must not know the frame around a page, nor write a file.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import MarkdownIt from 'markdown-it';

const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });
const escape = markdown.utils.escapeHtml;

export function slug(text) {
  return text.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').trim().replace(/ /g, '-');
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? walk(join(folder, e.name)) : [join(folder, e.name)]);
}

const address = (path) => `/${path.replace(/(^|\/)index\.html$/, '$1')}`;

// What a page's relative link becomes: another page, a file that is served, or null for a file of the source tree.
export function target(from, href, served) {
  const [path, anchor] = href.split('#');
  if (path === '') return href;
  const full = posix.normalize(posix.join(posix.dirname(from), path));
  const at = served.get(full) ?? served.get(posix.join(full, 'index.md')) ?? served.get(posix.join(full, 'README.md'));
  return at === undefined ? null : `${address(at)}${anchor === undefined ? '' : `#${anchor}`}`;
}

function rewriteLinks(tokens, from, served) {
  for (const token of tokens) {
    if (token.children) rewriteLinks(token.children, from, served);
    const name = token.type === 'image' ? 'src' : 'href';
    const href = token.type === 'link_open' || token.type === 'image' ? token.attrGet(name) : null;
    if (href === null || /^[a-z]+:|^\//.test(href)) continue;
    const to = target(from, href, served);
    if (to !== null) token.attrSet(name, to);
    else { token.attrs = [['class', 'in-tree'], ['title', 'In the source tree']]; token.tag = 'span'; inTreeEnd(tokens, token); }
  }
}

function inTreeEnd(tokens, open) {
  const end = tokens.slice(tokens.indexOf(open)).find((t) => t.type === 'link_close');
  if (end) end.tag = 'span';
}

function anchorHeadings(tokens) {
  const seen = new Map();
  tokens.forEach((token, i) => {
    if (token.type !== 'heading_open') return;
    const id = slug(tokens[i + 1].content);
    const count = seen.get(id) ?? 0;
    seen.set(id, count + 1);
    token.attrSet('id', count ? `${id}-${count}` : id);
  });
}

markdown.renderer.rules.table_open = () => '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>\n';
markdown.renderer.rules.table_close = () => '</table></div>\n';
markdown.renderer.rules.fence = markdown.renderer.rules.code_block = (tokens, i) =>
  `<pre tabindex="0"><code>${escape(tokens[i].content)}</code></pre>\n`;

// Problem documents point to /docs/errors, so that page is a folder's index.
function placeOf(file) {
  if (file === 'README.md') return 'docs/readme.html';
  if (file === 'docs/errors.md') return 'docs/errors/index.html';
  return file.replace(/README\.md$/, 'index.md').replace(/\.md$/, '.html');
}

function titleOf(text, fallback) {
  const found = /^# (.+)$/m.exec(text);
  return found ? found[1].replace(/[`*]/g, '') : fallback;
}

function order(pages, served) {
  const index = pages.find((p) => p.source === 'docs/index.md');
  const listed = index ? [...index.text.matchAll(/\]\(([^)\s]+)\)/g)].map((m) => target(index.source, m[1].split('#')[0], served)) : [];
  const rank = (p) => { const at = listed.indexOf(address(p.path)); return p === index ? -1 : at < 0 ? listed.length : at; };
  return [...pages].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}

// Decisions are many and short: their list stands on their own index page, not beside every page.
function navigation(pages, current) {
  const shown = pages.filter((p) => !/^docs\/decisions\/\d/.test(p.path));
  const item = (p) => `<li><a href="${address(p.path)}"${p === current ? ' aria-current="page"' : ''}>${escape(p.title)}</a></li>`;
  return `<nav class="contents" aria-label="Documentation"><ul>\n${shown.map(item).join('\n')}\n</ul></nav>`;
}

// All files below docs/ and the README: pages {path, title, html} and, as they are, pictures and examples {path, source}.
export function renderDocs(tree) {
  const all = ['README.md', ...walk(join(tree, 'docs')).map((f) => relative(tree, f)).sort()]
    .filter((f) => existsSync(join(tree, f)) && !f.startsWith('docs/man/'));
  const served = new Map(all.map((f) => [f, placeOf(f)]));
  const pages = all.filter((f) => f.endsWith('.md')).map((source) => {
    const text = readFileSync(join(tree, source), 'utf8');
    return { source, text, path: served.get(source), title: titleOf(text, source) };
  });
  const sorted = order(pages, served);
  for (const page of pages) {
    const tokens = markdown.parse(page.text.replace(/^<!--.*?-->\n/s, ''), {});
    anchorHeadings(tokens);
    rewriteLinks(tokens, page.source, served);
    const text = markdown.renderer.render(tokens, markdown.options, {});
    page.html = `<div class="with-contents">${navigation(sorted, page)}<article class="text">\n${text}</article></div>`;
  }
  const rest = all.filter((f) => !f.endsWith('.md')).map((f) => ({ path: served.get(f), source: join(tree, f) }));
  return [...pages.map(({ path, title, html }) => ({ path, title, html })), ...rest];
}
