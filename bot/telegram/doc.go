// Package telegram is the wire between Huiyin and the Bot API.
//
// Receiving: a Webhook or a Poller hands updates to Lanes, which run the
// Handler: updates of one chat in order of arrival, chats side by side. An
// update is acknowledged to Telegram only after its effect is stored, so
// Telegram itself is the durable inbox and a crash means redelivery.
//
// Sending: a Client with one HTTP seam beneath both its own JSON calls and the
// library's. The seam retries only what is safe to retry, obeys retry_after,
// paces bulk and turns every failure into an *Error that holds no token, text,
// address or id.
package telegram
