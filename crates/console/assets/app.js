// What a page does beyond its HTML: pages without a reload, live regions, keys, and light between reasons and words.

const root = document.documentElement;
root.classList.add("script");

// The one Trusted Types policy: only HTML that this origin served goes through it.
const policy = window.trustedTypes?.createPolicy("aboveboard", { createHTML: (html) => html });
const parse = (html) => new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
const LIVE_GAP_MS = 700; // between two refreshes that nobody asked for
const FETCH_MS_MAX = 30000;
const REST_MS = 120; // how long J and K rest on a row beside an alert before it is opened
const active = () => document.activeElement;
const byId = (id) => document.getElementById(id);
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const make = (name, text) => Object.assign(document.createElement(name), { textContent: text });
const on = (names, does, capture) => names.split(" ").forEach((name) => document.addEventListener(name, does, capture));

// -- pages without a reload
let [visit, left] = [0, location.pathname]; // left: what was here
async function ask(url, options = {}) {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS_MAX), ...options });
  const html = response.headers.get("content-type")?.startsWith("text/html");
  return { response, page: html ? parse(await response.text()) : null };
}
function show(page, url, acted) {
  if (page.body.classList.contains("outside") || stylesheet(page) !== stylesheet(document)) return location.assign(url);
  const [kept, list, fresh] = [positions(), one("#queue"), one("#queue", page)];
  if (list && fresh && list.dataset.choice === fresh.dataset.choice) {
    merge(list, fresh, acted);
    fresh.replaceWith(list);
  }
  document.title = page.title;
  root.lang = page.documentElement.lang;
  for (const [old, its] of [[root, page.documentElement], [document.body, page.body]]) old.dataset.keys = its.dataset.keys ?? "";
  document.body.className = page.body.className;
  for (const part of [".bar", ".rail", "main"]) one(part, page) && one(part)?.replaceWith(one(part, page));
  if (url !== location.href) history.pushState(null, "", url);
  scrollTo(0, 0);
  one("#notice").replaceChildren();
  restore(kept, ["queue"]);
  ready();
  const place = (location.hash && byId(location.hash.slice(1))) || all(".page [data-row]").find((row) => keyOf(row) === left);
  left = location.pathname; visit++;
  (place || one("#main")).focus({ preventScroll: !place });
  place?.scrollIntoView({ block: place.id ? "start" : "center" });
}
const stylesheet = (page) => one("link[rel=stylesheet]", page)?.getAttribute("href");
async function go(url, options, acted) {
  const mine = ++visit;
  try {
    const { response, page } = await ask(url, options);
    if (mine !== visit) return;
    if (!page) return location.assign(url);
    if (!response.ok && options && one("[data-problem]", page)) return refused(one("[data-problem]", page));
    show(page, response.redirected || !options ? response.url + (new URL(url, location.href).hash || "") : location.href, acted);
  } catch {
    if (mine === visit) options ? location.reload() : location.assign(url);
  }
}
function refused(problem) {
  notify(all("h1, .what, .code", problem).map((line) => line.textContent));
  if (one(".code", problem)?.textContent.includes("reason_missing")) one("form[data-sent] textarea")?.focus();
}
function notify([title, ...more]) {
  const notice = one("#notice");
  const close = Object.assign(make("button", notice.dataset.close), { className: "act", onclick: () => notice.replaceChildren() });
  notice.replaceChildren(make("strong", title), ...more.map((text) => make("p", text)), close);
}
on("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href, location.href);
  if (url.origin !== location.origin || link.hasAttribute("download") || link.target || url.pathname.startsWith("/media/")) return;
  if (url.hash && url.pathname + url.search === location.pathname + location.search) return byId(url.hash.slice(1))?.focus({ preventScroll: true });
  event.preventDefault();
  go(url.href);
});
on("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.hasAttribute("data-plain") || form.enctype === "multipart/form-data") return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  const action = form.getAttribute("action");
  if (form.method !== "post") {
    const url = new URL(action || location.pathname, location.href);
    url.search = new URLSearchParams([...fields].filter(([, value]) => value !== "")).toString();
    return go(url.href);
  }
  if (form.dataset.sent) return;
  form.dataset.sent = "yes";
  const options = { method: "POST", body: fields };
  const known = form.elements.next && ahead?.page && ahead.url === nextUrl();
  (known ? goOn(action, options) : go(action || location.href, options, location.pathname)).finally(() => delete form.dataset.sent);
});
addEventListener("popstate", () => go(location.href));

// -- the next alert, ahead of the act that leads to it
// Asked for once the reader has begun such an act; it is a look like any other, and the server writes it down.
let ahead = null;
const nextUrl = () => one("#acts a[rel=next]")?.href;
on("toggle pointerover focusin", ({ target }) => {
  const form = target.closest?.("#acts form") || (target.matches?.("#acts details[open]") && one("form", target));
  const url = form && form.elements.next && nextUrl();
  if (!url || ahead?.url === url) return;
  const mine = (ahead = { url });
  ask(url).then(({ response, page }) => (mine.page = response.ok && page), () => (ahead = null));
}, true);
// Shows what is there already and sends the act meanwhile; refused, the alert comes back with the reason.
async function goOn(action, options) {
  const [from, acted] = [location.href, location.pathname];
  show(ahead.page, ahead.url, acted);
  const mine = ++visit;
  const { response, page } = await ask(action, options).catch(() => ({}));
  if (!response?.ok) return go(from).then(() => page && one("[data-problem]", page) && refused(page));
  if (mine !== visit || !page) return;
  history.replaceState(null, "", response.url);
  for (const part of ["#done", "#acts", "#known"]) {
    const [old, fresh] = [one(part), one(part, page)];
    if (old && fresh && !busy(old)) old.replaceWith(fresh);
  }
  if (one("#queue", page)) merge(one("#queue"), one("#queue", page), acted);
}

// -- live regions
let [asked, waiting] = [0, 0];
// Swaps the regions that changed, except where somebody is at work.
async function refresh(whole = false) {
  waiting = 0;
  if (document.hidden || !one("[data-live]")) return;
  asked = Date.now();
  const mine = visit;
  const { response, page } = await ask(location.href, { headers: { "X-Live": "1" } });
  if (mine !== visit || !response.ok || !page) return;
  if (page.body.classList.contains("outside")) return location.reload();
  for (const region of all("[data-live]")) {
    const fresh = page.getElementById(region.id);
    if (!fresh || (fresh.textContent === region.textContent && !whole)) continue;
    if (region.dataset.live === "rows" && !whole) merge(region, fresh);
    else if (whole || !busy(region)) swap(region, fresh);
  }
}
const changed = (area) => area.value !== area.defaultValue;
const busy = (region) => {
  const selection = document.getSelection();
  return one("details[open]", region) || all("textarea", region).some(changed) || one("input:focus, textarea:focus, select:focus", region)
    || (selection && !selection.isCollapsed && region.contains(selection.anchorNode));
};
function swap(region, fresh) {
  const kept = positions();
  const focused = region.contains(active()) && active().getAttribute("href");
  region.replaceWith(fresh);
  restore(kept, [fresh.id]);
  if (focused) one(`a[href="${CSS.escape(focused)}"]`, fresh)?.focus({ preventScroll: true });
  ready();
}
const keyOf = (row) => new URL(row.href).pathname;
const linesOf = (list) => new Map(all("[data-row]", list).map((row) => [keyOf(row), row.closest("li")]));
// Brings a list up to date without moving a row under the reader's hands: rows change in place, those that left stay as a
// shadow, those that came or moved up are counted in a bar. Only what the reader did away with leaves.
function merge(list, fresh, acted) {
  const [old, now] = [linesOf(list), linesOf(fresh)];
  const [was, is] = [[...old.keys()], [...now.keys()]];
  const chosen = one(".row.chosen", fresh);
  if (!was.length || !is.length || (chosen && !old.has(keyOf(chosen)))) return list.replaceChildren(...fresh.childNodes);
  for (const part of [".tabs", ".pages"]) one(part, fresh) && one(part, list)?.replaceWith(one(part, fresh));
  const [lastOld, lastNow] = [was.findLastIndex((key) => now.has(key)), is.findLastIndex((key) => old.has(key))];
  let [came, lowest] = [0, Infinity];
  for (const key of is.slice(0, lastNow + 1).reverse()) {
    if (old.has(key) && was.indexOf(key) < lowest) lowest = was.indexOf(key);
    else came++;
  }
  const rest = is.slice(lastNow + 1).map((key) => now.get(key));
  was.forEach((key, at) => {
    const [line, row] = [old.get(key), now.has(key) && one("[data-row]", now.get(key))];
    if (!row && key === acted) return line.remove();
    line.classList.toggle("gone", !row && (at < lastOld || !came));
    if (!row) return;
    const focused = line.contains(active()) && active().matches("[data-row]");
    one("[data-row]", line).replaceWith(row);
    if (focused) row.focus({ preventScroll: true });
  });
  one(".rows", list).append(...rest);
  const bar = one("[data-came]", list);
  if (bar) Object.assign(bar, { hidden: !came, textContent: bar.dataset.came.replace("{n}", came) });
}
const positions = () => new Map(all("[id]").filter((region) => region.scrollTop).map((region) => [region.id, region.scrollTop]));
const restore = (kept, ids) => ids.filter((id) => kept.has(id)).forEach((id) => one("#" + id)?.scrollTo(0, kept.get(id)));
function listen() {
  if (document.body.classList.contains("outside")) return;
  const events = new EventSource("/events");
  const tell = (alive) => {
    const state = one("[data-live-state]");
    state.classList.add("known");
    state.classList.toggle("on", alive);
  };
  events.addEventListener("open", () => tell(true));
  events.addEventListener("error", () => tell(false));
  events.addEventListener("changed", () => (waiting ||= setTimeout(() => refresh().catch(() => {}), Math.max(0, asked + LIVE_GAP_MS - Date.now()))));
  on("shown", () => tell(events.readyState === EventSource.OPEN));
  addEventListener("pagehide", () => events.close());
}

// -- keys
const visible = (control) => control.checkVisibility?.() ?? control.offsetParent !== null;
const typing = (field) => field.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const keyed = () => all("[data-key]").filter(visible);
const current = () => active()?.closest("li") ?? one(".row.chosen")?.closest("li");
on("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && key === "k" && one("[data-opens=go]")) {
    event.preventDefault();
    return openPalette();
  }
  if (event.ctrlKey || event.metaKey || one("dialog[open]")) return;
  if (event.key === "Escape") return escape(event);
  if ([root, document.body].some((holder) => holder.dataset.keys === "off") || typing(event.target)) return;
  const step = { j: 1, k: -1 }[key];
  if (step && move(step, event)) return;
  const controls = keyed().filter((control) => control.dataset.key.toLowerCase() === key);
  if (!controls.length) return;
  event.preventDefault();
  press(controls.find((near) => current()?.contains(near)) ?? controls[0]);
});
function press(control) {
  if (control.dataset.says) return notify([control.dataset.says]);
  if (control.matches("[type=checkbox]")) return control.click();
  if (control.matches("input, select, textarea")) return control.focus();
  const panel = control.closest("summary")?.parentElement;
  if (!panel?.open) {
    if (unsent(control)) return;
    control.click();
  }
  const field = panel?.open && one("textarea:not([rows='2']), input:not([type=hidden]), button", panel);
  field?.focus();
  if (field?.matches("input")) field.select();
}
// No key leaves words behind that were not sent: they come into view, and it is said why.
function unsent(control) {
  const leaves = control.matches("a[href], button:not([type=button])");
  const left = leaves && all("main textarea").find((area) => changed(area) && area.form !== control.form);
  if (!left) return false;
  left.closest("details")?.setAttribute("open", "");
  left.focus();
  notify([one("#notice").dataset.unsent]);
  return true;
}
// Out of a field, out of an open panel, then one page up.
function escape(event) {
  const panel = event.target.closest?.("details[open].panel");
  if (panel) return (panel.open = false), one("summary", panel).focus();
  if (typing(event.target)) return event.target.blur();
  keyed().filter((control) => control.dataset.key === "Escape").slice(0, 1).forEach(press);
}
// Moves in the list without asking the server for anything. Beside an alert, the row that it rests on opens.
let resting = 0;
function move(step, event) {
  const rows = all("[data-row]").filter((row) => visible(row) && !row.closest(".facts"));
  if (!rows.length) return false;
  event.preventDefault();
  const focused = rows.indexOf(active());
  const at = focused < 0 ? rows.findIndex((row) => row.matches(".chosen")) : focused;
  const row = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  if (row.closest(".three") && unsent(row)) return true;
  row.focus();
  clearTimeout(resting);
  if (!row.closest(".three")) return true;
  visit++;
  resting = setTimeout(() => active() === row && !row.closest(".chosen") && row.click(), REST_MS);
  return true;
}
on("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  if (event.target.closest?.("[data-came]")) refresh(true).catch(() => {});
  if (!opener) return;
  event.preventDefault();
  if (opener.dataset.opens === "go") return openPalette();
  const first = new Map(keyed().reverse().map((control) => [control.dataset.key, control]));
  const entries = [...first].reverse().flatMap(([key, control]) => {
    const term = make("dt", "");
    term.append(make("kbd", key === "Escape" ? "Esc" : key.toUpperCase()));
    return [term, make("dd", control.getAttribute("aria-label") || one("span", control)?.textContent || control.textContent.trim())];
  });
  one("dl", byId(opener.dataset.opens)).replaceChildren(...entries);
  byId(opener.dataset.opens).showModal();
}, true);

// -- completion: what may stand where somebody types, or where it may lead, as the server says
let typed; // aborts what was asked for the letters before
const later = (ms) => {
  typed?.abort();
  const { signal } = (typed = new AbortController());
  return new Promise((soon) => setTimeout(soon, ms, signal));
};
const fetched = async (url, options) => {
  const { response, page } = options.signal.aborted ? {} : await ask(url, options).catch(() => ({}));
  return response?.ok && !options.signal.aborted ? page : null;
};
const listOf = (field) => byId(field.getAttribute("aria-controls"));
const palette = one("#go");
function openPalette() {
  const field = one("input", palette);
  if (!palette.open) palette.showModal();
  field.select();
  complete(field);
}
function offer(field, options) {
  const list = listOf(field);
  list.replaceChildren(...options);
  options.forEach((option, at) => (option.id = `${list.id}-${at}`));
  field.removeAttribute("aria-activedescendant");
  field.ariaExpanded = !(list.hidden = !options.length);
  if (options[0]?.href) choose(field, options, options[0]);
}
function choose(field, options, next) {
  options.forEach((option) => (option.ariaSelected = option === next));
  field.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}
const parts = (page) => all("[data-part]", page).forEach((part) => byId(part.id)?.replaceWith(part));
async function complete(field, quietly) {
  const signal = await later(90);
  const at = new TextEncoder().encode(field.value.slice(0, field.selectionStart)).length;
  const url = `${field.dataset.completes}?${new URLSearchParams({ q: field.value, at })}`;
  const page = await fetched(url, { headers: { "X-Live": "1" }, signal });
  if (!page || active() !== field) return;
  offer(field, quietly ? [] : all("[role=option]", page));
  if (!(await later(360)).aborted) parts(page), (field.ariaInvalid = !!one("#mistakes .error"));
}
function take(field, option) {
  if (option.href) return palette.close(), go(option.href);
  field.value = option.dataset.query;
  field.setSelectionRange(option.dataset.cursor, option.dataset.cursor);
  offer(field, []);
  complete(field, !("goesOn" in option.dataset));
}
const close = (field) => (typed?.abort(), offer(field, []));
on("focusout", ({ target }) => target.dataset?.completes && close(target));
on("mousedown", (event) => {
  const option = event.target.closest?.("[role=option]");
  const field = option && one(`[data-completes][aria-controls="${option.parentElement.id}"]`);
  if (!field) return;
  event.preventDefault();
  take(field, option);
});
on("keydown", (event) => {
  const field = event.target;
  if (!field.dataset?.completes || event.isComposing) return;
  const options = [...listOf(field).children];
  const chosen = options.findIndex((option) => option.id === field.getAttribute("aria-activedescendant"));
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!options.length) return step === 1 ? complete(field) : undefined;
  if (step) choose(field, options, options[(chosen + step + options.length + (chosen < 0 && step < 0)) % options.length]);
  else if (event.key === "Escape" && !palette.open) close(field);
  else if (chosen >= 0 && ["Enter", "Tab"].includes(event.key)) take(field, options[chosen]);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
// A text that is looked at while it is written.
async function preview(area) {
  area.rows = Math.max(16, area.value.split("\n").length + 1);
  one("#marks")?.replaceChildren();
  const signal = await later(450);
  const page = await fetched(area.dataset.previews, { method: "POST", body: new URLSearchParams(new FormData(area.form)), signal });
  if (page) parts(page);
}
on("input", ({ target }) => {
  if (target.dataset?.completes) complete(target);
  if (target.dataset?.previews) preview(target);
});

// -- reasons and their words
on("mouseover focusin", ({ target }) => {
  all(".lit").forEach((lit) => lit.classList.remove("lit"));
  for (const number of target.closest?.("[data-reason]")?.dataset.reason.split(" ") ?? []) {
    all(`[data-reason~="${CSS.escape(number)}"]`).forEach((other) => other.classList.add("lit"));
  }
});

// -- every time a page is there
function picked() {
  const [button, count] = [one("[data-picked]"), all("#picked :checked").length];
  if (!button) return;
  button.disabled = !count;
  one(".count", button).textContent = count;
}
on("change", picked);
function ready() {
  root.dataset.ready = "yes";
  ahead = null;
  picked();
  all("[data-completes]:not([role])").forEach((field) => Object.assign(field, { role: "combobox", ariaAutoComplete: "list", ariaExpanded: "false" }));
  document.dispatchEvent(new Event("shown"));
  one(".three .row.chosen")?.scrollIntoView({ block: "nearest" });
}

listen();
ready();
