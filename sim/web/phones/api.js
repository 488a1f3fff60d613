// The stand-in's JSON API, one function per call. Every failure is an ApiError.

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function call(method, path, body) {
  const init = { method, headers: { Accept: 'application/json' } };
  if (body instanceof FormData) init.body = body;
  else if (body !== undefined) {
    init.headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, init);
  } catch (cause) {
    throw new ApiError(0, cause.message);
  }
  const text = await answer.text();
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    value = null;
  }
  if (!answer.ok) throw new ApiError(answer.status, (value && value.error) || `HTTP ${answer.status}`);
  return value;
}

const chatPath = (phone, chat) => `/sim/phones/${phone}/chats/${encodeURIComponent(chat)}`;

export const info = () => call('GET', '/sim/info');
export const phones = async () => (await call('GET', '/sim/phones')) || [];
export const addPhone = (phone) => call('POST', '/sim/phones', phone);
export const addGroup = (title, members) => call('POST', '/sim/groups', { title, phones: members });
export const chats = async (phone) => (await call('GET', `/sim/phones/${phone}/chats`)) || [];
export const messages = async (phone, chat) => (await call('GET', `${chatPath(phone, chat)}/messages`)) || [];
export const start = (phone, chat, payload) => call('POST', `${chatPath(phone, chat)}/start`, { payload: payload || '' });
export const edit = (phone, chat, id, text) => call('PATCH', `${chatPath(phone, chat)}/messages/${id}`, { text });
export const remove = (phone, chat, id) => call('DELETE', `${chatPath(phone, chat)}/messages/${id}`);
export const press = (phone, chat, id, data) => call('POST', `${chatPath(phone, chat)}/messages/${id}/press`, { data });
export const block = (phone, chat, on) => call('POST', `${chatPath(phone, chat)}/${on ? 'block' : 'unblock'}`, {});
export const commands = async (phone, chat) => (await call('GET', `/sim/phones/${phone}/commands?chat=${encodeURIComponent(chat)}`)) || [];
export const fileURL = (id) => `/sim/files/${encodeURIComponent(id)}`;

// sendText sends words; replyTo is a message id or null.
export function sendText(phone, chat, text, replyTo) {
  const body = { text };
  if (replyTo) body.reply_to = replyTo;
  return call('POST', `${chatPath(phone, chat)}/messages`, body);
}

// sendKind sends anything that is not plain words. part: {kind, file?, caption?, album?, replyTo?}.
export function sendKind(phone, chat, part) {
  const form = new FormData();
  form.set('kind', part.kind);
  if (part.caption) form.set('caption', part.caption);
  if (part.album) form.set('album', part.album);
  if (part.replyTo) form.set('reply_to', String(part.replyTo));
  if (part.file) form.set('file', part.file, part.file.name || part.kind);
  return call('POST', `${chatPath(phone, chat)}/messages`, form);
}
