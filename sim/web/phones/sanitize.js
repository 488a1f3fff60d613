// Message text with its entities, from the server's HTML through an allow-list.
// The server escapes; this page trusts it no further than these few tags.

import { h } from './dom.js';
import { t } from './text.js';

const TAGS = {
  B: 'b', STRONG: 'b', I: 'i', EM: 'i', U: 'u', INS: 'u', S: 's', STRIKE: 's', DEL: 's',
  CODE: 'code', PRE: 'pre', BLOCKQUOTE: 'blockquote', BR: 'br',
};
const DROPPED = new Set(['SCRIPT', 'STYLE', 'IFRAME', 'OBJECT', 'EMBED', 'TEMPLATE', 'SVG', 'MATH', 'NOSCRIPT', 'TEXTAREA', 'TITLE']);
const PIECES = /(https?:\/\/[^\s<>"'，。；：！？、）】》]+[^\s<>"'.,;:!?)\]，。；：！？、）】》])|(?<![\w/@.:-])(\/[a-z0-9_]{1,32})(?:@\w+)?(?![\w/])/gi;

// safeURL gives the address when it is one a message may link to, else null.
export function safeURL(raw) {
  try {
    const url = new URL(raw);
    return ['http:', 'https:', 'mailto:', 'tel:'].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

// startPayload gives the payload of a deep link to this bot, or null for other links.
export function startPayload(raw, username) {
  try {
    const url = new URL(raw);
    const web = /^(www\.)?(t\.me|telegram\.me)$/i.test(url.hostname) && url.pathname.slice(1).toLowerCase() === (username || '').toLowerCase();
    const own = url.protocol === 'tg:' && (url.searchParams.get('domain') || '').toLowerCase() === (username || '').toLowerCase();
    return web || own ? url.searchParams.get('start') || '' : null;
  } catch {
    return null;
  }
}

// fragment turns HTML into nodes. hooks: {username, start(payload), command(text) or null}.
export function fragment(html, hooks) {
  const parsed = new DOMParser().parseFromString(html || '', 'text/html');
  const out = document.createDocumentFragment();
  copy(parsed.body, out, hooks, false);
  return out;
}

// plain turns text into nodes, with addresses and commands made pressable.
export function plain(text, hooks) {
  const out = document.createDocumentFragment();
  words(text || '', out, hooks);
  return out;
}

function copy(from, to, hooks, verbatim) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      if (verbatim) to.append(node.data);
      else words(node.data, to, hooks);
    } else if (node.nodeType === Node.ELEMENT_NODE && !DROPPED.has(node.tagName.toUpperCase())) {
      const el = element(node, hooks);
      const quiet = verbatim || ['CODE', 'PRE', 'A'].includes(node.tagName);
      copy(node, el || to, hooks, quiet);
      if (el) to.append(el.closest('.spoiler') || el);
    }
  }
}

function element(node, hooks) {
  if (TAGS[node.tagName]) return document.createElement(TAGS[node.tagName]);
  if (node.tagName === 'A') return link(node.getAttribute('href') || '', hooks);
  if (node.tagName === 'TG-SPOILER' || (node.tagName === 'SPAN' && node.classList.contains('tg-spoiler'))) return spoiler();
  return null; // an unknown tag gives only its words
}

function link(raw, hooks) {
  const payload = startPayload(raw, hooks.username);
  if (payload !== null && hooks.start) {
    return h('button', { type: 'button', class: 'text-link', onclick: () => hooks.start(payload) });
  }
  const href = safeURL(raw);
  return href ? h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }) : h('span');
}

// spoiler gives the part that holds the hidden words; they are out of reach until shown.
function spoiler() {
  const label = h('span', { class: 'unseen' }, t('spoiler'));
  const hidden = h('span', { class: 'spoiler-words', 'aria-hidden': 'true' });
  const el = h('span', { class: 'spoiler', role: 'button', tabindex: '0' }, label, hidden);
  const show = (e) => {
    if (e.type === 'keydown' && e.key !== 'Enter' && e.key !== ' ') return;
    if (el.classList.contains('shown')) return;
    e.preventDefault();
    el.classList.add('shown');
    for (const name of ['role', 'tabindex']) el.removeAttribute(name);
    hidden.removeAttribute('aria-hidden');
    label.remove();
  };
  el.addEventListener('click', show);
  el.addEventListener('keydown', show);
  return hidden;
}

function words(text, to, hooks) {
  let at = 0;
  for (const m of text.matchAll(PIECES)) {
    if (m[2] && !hooks.command) continue;
    to.append(text.slice(at, m.index));
    if (m[1]) {
      const el = link(m[1], hooks);
      el.append(m[1]);
      to.append(el);
    } else {
      to.append(h('button', { type: 'button', class: 'text-link', 'data-command': m[2], onclick: () => hooks.command(m[0]) }, m[0]));
    }
    at = m.index + m[0].length;
  }
  to.append(text.slice(at));
}
