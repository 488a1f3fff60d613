// Menus, dialogs and toasts. All close with Esc and give focus back.

import { h, icon } from './dom.js';
import { t } from './text.js';

let closeMenu = null; // at most one menu is open on the page

// openMenu shows items at an anchor element or a point {x, y}.
// item: {label, icon, run, danger} or {heading}.
export function openMenu(anchor, items, label) {
  if (closeMenu) closeMenu();
  const back = document.activeElement;
  const menu = h('div', { class: 'menu', role: 'menu', 'aria-label': label }, items.map((item) => (item.heading
    ? h('div', { class: 'menu-heading', role: 'presentation' }, item.heading)
    : h('button', {
      type: 'button', role: 'menuitem', tabindex: '-1', class: item.danger ? 'danger' : null, 'data-menu': item.id,
      onclick: () => { close(true); item.run(); },
    }, icon(item.icon), h('span', {}, item.label)))));
  const entries = [...menu.querySelectorAll('button')];

  function close(restore) {
    if (closeMenu !== close) return;
    closeMenu = null;
    menu.remove();
    removeEventListener('pointerdown', outside, true);
    removeEventListener('resize', gone);
    if (anchor.setAttribute) anchor.setAttribute('aria-expanded', 'false');
    if (restore && back && back.isConnected) back.focus({ preventScroll: true });
  }
  const outside = (e) => { if (!menu.contains(e.target)) close(false); };
  const gone = () => close(false);
  menu.addEventListener('keydown', (e) => {
    const at = entries.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[e.key];
    if (to !== undefined) {
      e.preventDefault();
      entries[(to + entries.length) % entries.length].focus();
    } else if (e.key === 'Escape' || e.key === 'Tab') {
      e.preventDefault();
      e.stopPropagation();
      close(true);
    }
  });

  document.body.append(menu);
  place(menu, anchor);
  addEventListener('pointerdown', outside, true);
  addEventListener('resize', gone);
  if (anchor.setAttribute) anchor.setAttribute('aria-expanded', 'true');
  closeMenu = close;
  entries[0].focus({ preventScroll: true });
}

function place(menu, anchor) {
  const box = anchor.getBoundingClientRect ? anchor.getBoundingClientRect() : { left: anchor.x, right: anchor.x, top: anchor.y, bottom: anchor.y };
  const { offsetWidth: w, offsetHeight: tall } = menu;
  const left = box.left + w > innerWidth - 8 ? box.right - w : box.left;
  const below = box.bottom + 6 + tall <= innerHeight - 8;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - w - 8))}px`;
  menu.style.top = `${Math.max(8, below ? box.bottom + 6 : box.top - tall - 6)}px`;
}

// openDialog shows a modal dialog; build(close) gives its content.
export function openDialog(label, build, options) {
  const back = document.activeElement;
  const dialog = h('dialog', { class: `dialog ${(options && options.class) || ''}`, 'aria-label': label, role: options && options.role });
  const close = () => dialog.close();
  dialog.append(...build(close));
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (back && back.isConnected) back.focus({ preventScroll: true });
  });
  // A press beside the controls must not take the focus away from them.
  dialog.addEventListener('mousedown', (e) => { if (e.target === dialog) e.preventDefault(); });
  if (options && options.lightDismiss) dialog.addEventListener('click', (e) => { if (e.target === dialog) close(); });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// showAlert is a bot's alert: it stays until it is confirmed.
export function showAlert(whose, text) {
  openDialog(whose, (close) => [
    h('p', { class: 'dialog-who' }, whose),
    h('p', { class: 'dialog-text', dir: 'auto' }, text),
    h('div', { class: 'dialog-buttons' }, h('button', { type: 'button', class: 'primary', 'data-confirm': '', autofocus: true, onclick: close }, t('ok'))),
  ], { role: 'alertdialog', class: 'alert' });
}

// confirmThen asks once before something that cannot be taken back.
export function confirmThen(text, action, run) {
  openDialog(action, (close) => [
    h('p', { class: 'dialog-text' }, text),
    h('div', { class: 'dialog-buttons' },
      h('button', { type: 'button', class: 'quiet', autofocus: true, onclick: close }, t('cancel')),
      h('button', { type: 'button', class: 'primary danger', 'data-confirm': '', onclick: () => { close(); run(); } }, action)),
  ], { role: 'alertdialog', class: 'alert' });
}

// Toaster is the place on one phone where short answers appear and are read out.
export class Toaster {
  constructor() {
    this.root = h('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' });
  }

  show(text) {
    const toast = h('div', { class: 'toast', 'data-toast': '', dir: 'auto' }, text);
    this.root.replaceChildren(toast);
    setTimeout(() => toast.remove(), Math.min(10000, 3000 + text.length * 60));
  }
}
