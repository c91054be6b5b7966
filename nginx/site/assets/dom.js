// SPDX-License-Identifier: Apache-2.0
// Elements from values. Text goes in as text, never as markup, so that no ticket can write into the page.

export const find = (id) => document.getElementById(id);

export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) if (value !== null && value !== undefined) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export function say(node, text) {
  node.textContent = text;
  node.hidden = text === '';
}

const steps = [['year', 31557600], ['month', 2629800], ['day', 86400], ['hour', 3600], ['minute', 60]];
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

// An instant as "3 days ago", with the date itself under it for the pointer and for machines.
export function instant(iso) {
  if (!iso) return '–';
  const at = new Date(iso);
  const seconds = (at - Date.now()) / 1000;
  const [unit, size] = steps.find(([, s]) => Math.abs(seconds) >= s) ?? ['minute', 60];
  return el('time', { datetime: iso, title: absolute.format(at) }, relative.format(Math.round(seconds / size), unit));
}
