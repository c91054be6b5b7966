// SPDX-License-Identifier: Apache-2.0
// Forms: what is missing, what the desk says is wrong with a field, one submission at a time. A fault stands beside its field, is
// read aloud with it, and the first one gets the focus. It must not know any form.
import { Refused, sentence } from './call.js';
import { el, say } from './dom.js';

const labelOf = (field) => field.labels?.[0]?.textContent.trim() ?? field.name;

function clear(form, node) {
  say(node, '');
  for (const old of form.querySelectorAll('.field-error')) old.remove();
  for (const field of form.querySelectorAll('[aria-invalid]')) {
    field.removeAttribute('aria-invalid');
    field.removeAttribute('aria-describedby');
    if (field.dataset.hint) field.setAttribute('aria-describedby', field.dataset.hint);
  }
}

export function mark(field, text) {
  const id = `${field.id}-fault`;
  field.after(el('p', { class: 'field-error', id }, text));
  field.setAttribute('aria-invalid', 'true');
  field.setAttribute('aria-describedby', [field.dataset.hint, id].filter(Boolean).join(' '));
}

function blank(form) {
  return [...form.elements].find((field) => field.required && !field.closest('[hidden]') && field.value.trim() === '');
}

// Marks fields by the pointers of a refusal; the fields it found, in order.
function markAll(form, error) {
  const found = [];
  for (const { pointer, detail } of error instanceof Refused ? error.errors : []) {
    const field = form.elements.namedItem((pointer ?? '').slice(1));
    if (!(field instanceof HTMLElement) || field.type === 'hidden' || field.closest('[hidden]')) continue;
    mark(field, detail);
    found.push(field);
  }
  return found;
}

// Runs action(values) on submit; what it throws is shown in node (role=alert). reveal(error): may show fields first.
export function onSubmit(form, node, action, { reveal = () => null } = {}) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button[type=submit]');
    if (button.getAttribute('aria-disabled') === 'true') return;
    clear(form, node);
    const missing = blank(form);
    if (missing) {
      mark(missing, `${labelOf(missing)} is missing.`);
      say(node, `${labelOf(missing)} is missing.`);
      missing.focus();
      return;
    }
    button.setAttribute('aria-disabled', 'true');
    try {
      await action(Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== '')));
    } catch (error) {
      const first = reveal(error);
      say(node, sentence(error));
      const [field] = markAll(form, error);
      (first ?? field ?? node).focus();
    } finally {
      button.removeAttribute('aria-disabled');
    }
  });
}

// A button that does one thing: not twice at once, and its refusal in node.
export function onClick(button, node, action) {
  button.addEventListener('click', async () => {
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    say(node, '');
    try {
      await action();
    } catch (error) {
      say(node, sentence(error));
      node.focus();
    } finally {
      button.removeAttribute('aria-disabled');
    }
  });
}

// "Show": a pass-phrase that is typed once must be seen once.
export function offerToShow(field) {
  const button = el('button', { type: 'button', class: 'quiet show', 'aria-pressed': 'false', 'aria-controls': field.id }, 'Show');
  const name = labelOf(field);
  button.setAttribute('aria-label', `Show ${name}`);
  button.addEventListener('click', () => {
    const isShown = field.type === 'text';
    field.type = isShown ? 'password' : 'text';
    button.setAttribute('aria-pressed', String(!isShown));
    button.textContent = isShown ? 'Show' : 'Hide';
  });
  const pair = el('div', { class: 'with-button' });
  field.replaceWith(pair);
  pair.append(field, button);
}
