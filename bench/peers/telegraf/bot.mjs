// The intake as telegraf's documentation teaches it: a wizard scene, sessions in Redis by @telegraf/session, a webhook
// from createWebhook with its default of answering in the response.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { Redis } from "@telegraf/session/redis";
import pg from "pg";
import { Scenes, Telegraf, session } from "telegraf";

const { TOKEN, API_URL, REDIS_URL, DATABASE_URL, LISTEN, SECRET, INTAKE } = process.env;
const { steps } = JSON.parse(readFileSync(INTAKE, "utf8"));
const pool = new pg.Pool({ connectionString: DATABASE_URL });
const escape = (s) => s.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const cut = (s) => (s.length > 160 ? s.slice(0, 159) + "…" : s);

const extra = steps.map((step) => ({
  parse_mode: "HTML",
  link_preview_options: { is_disabled: true },
  reply_markup: {
    inline_keyboard: step.rows.map((row) => row.map((text) => ({ text, callback_data: `${step.id}.${text}`.slice(0, 30) }))),
  },
}));

const question = (n, answers) =>
  n < steps.length - 1
    ? steps[n].text
    : steps[n].text + "\n\n" + steps.slice(0, n).map((s) => `<b>${s.id}</b>: ${escape(cut(answers[s.id]))}`).join("\n");

// What the user did at step n, or undefined when it is no answer to it.
function answer(ctx, n) {
  if (ctx.callbackQuery) {
    const [id, label] = (ctx.callbackQuery.data ?? "").split(".");
    return id === steps[n].id ? label : undefined;
  }
  return ctx.message?.text;
}

const ask = (n) => async (ctx) => {
  const said = answer(ctx, n - 1);
  if (said === undefined) return;
  const answers = (ctx.wizard.state.answers ??= {});
  answers[steps[n - 1].id] = said;
  ctx.wizard.next();
  if (ctx.callbackQuery) {
    await ctx.answerCbQuery();
    await ctx.editMessageText(question(n, answers), extra[n]);
  } else {
    await ctx.reply(question(n, answers), extra[n]);
  }
};

const wizard = new Scenes.WizardScene(
  "intake",
  async (ctx) => {
    await ctx.reply(steps[0].text, extra[0]);
    return ctx.wizard.next();
  },
  ...steps.slice(1).map((_, i) => ask(i + 1)),
  async (ctx) => {
    if (answer(ctx, steps.length - 1) === undefined) return;
    const { rows } = await pool.query("INSERT INTO filings (chat, answers) VALUES ($1, $2) RETURNING id", [
      ctx.chat.id,
      ctx.wizard.state.answers,
    ]);
    await ctx.answerCbQuery();
    await ctx.editMessageText("Sent. Thank you for speaking up.");
    await ctx.replyWithHTML(`<b>Your case is ${rows[0].id}</b>`);
    return ctx.scene.leave();
  },
);

const bot = new Telegraf(TOKEN, { telegram: { apiRoot: API_URL } });
bot.use(session({ store: Redis({ url: REDIS_URL }) }));
bot.use(new Scenes.Stage([wizard]).middleware());
bot.start((ctx) => ctx.reply("Tell us what is wrong."));
bot.command("new", (ctx) => ctx.scene.enter("intake"));

const [host, port] = LISTEN.split(":");
const webhook = await bot.createWebhook({ domain: LISTEN, path: "/telegram", secret_token: SECRET });
createServer(webhook).listen(Number(port), host);
