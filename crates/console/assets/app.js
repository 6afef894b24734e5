// What a page does beyond its HTML: pages without a reload, live regions, keys, and light between reasons and words.
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("script");

  // The one Trusted Types policy: only HTML that this origin served for a page goes through it.
  const policy = window.trustedTypes?.createPolicy("aboveboard", { createHTML: (html) => html });
  const parse = (html) => new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");

  const LIVE_GAP_MS = 3000; // between two refreshes that nobody asked for
  const FETCH_MS_MAX = 30000;

  // ---- pages without a reload -------------------------------------------------------------------------------------

  let visit = 0;

  async function ask(url, options = {}) {
    const response = await fetch(url, { ...options, credentials: "same-origin", signal: AbortSignal.timeout(FETCH_MS_MAX) });
    const html = (response.headers.get("content-type") || "").startsWith("text/html");
    return { response, page: html ? parse(await response.text()) : null };
  }

  // Shows a page in place of this one; anything unusual is left to the browser.
  function show(page, url, { push = true, scroll = true } = {}) {
    if (page.body.classList.contains("outside") || stylesheet(page) !== stylesheet(document)) {
      location.assign(url);
      return;
    }
    const kept = positions();
    document.title = page.title;
    root.lang = page.documentElement.lang;
    document.body.className = page.body.className;
    for (const part of [".bar", ".rail", "main"]) {
      const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
      if (old && fresh) old.replaceWith(document.adoptNode(fresh));
    }
    if (push) history.pushState(null, "", url);
    if (scroll) window.scrollTo(0, 0);
    document.getElementById("notice").replaceChildren();
    restore(kept, ["queue"]);
    ready();
    const place = location.hash && document.getElementById(location.hash.slice(1));
    (place || document.getElementById("main")).focus({ preventScroll: !place });
    if (place) place.scrollIntoView();
  }

  const stylesheet = (page) => page.querySelector("link[rel=stylesheet]")?.getAttribute("href");

  async function go(url, options) {
    const mine = ++visit;
    try {
      const { response, page } = await ask(url, options);
      if (mine !== visit) return;
      if (!page) return location.assign(url);
      const problem = !response.ok && page.querySelector("[data-problem]");
      if (problem && options) return refused(problem);
      show(page, response.redirected || !options ? response.url + (new URL(url, location.href).hash || "") : location.href);
    } catch {
      if (mine === visit && !options) location.assign(url);
      else if (mine === visit) location.reload();
    }
  }

  // A form that was refused stays as it is; what was said about it is shown beside it.
  function refused(problem) {
    notify([...problem.querySelectorAll("h1, .what, .code")].map((one) => one.textContent));
    if (!problem.querySelector(".code")?.textContent.includes("reason_missing")) return;
    document.querySelector("form[data-sent] textarea")?.focus();
  }

  // A title and more lines, until they are closed or the page changes.
  function notify([title, ...more]) {
    const notice = document.getElementById("notice");
    const texts = [title, ...more].map((text, at) => {
      const line = document.createElement(at ? "p" : "strong");
      line.textContent = text;
      return line;
    });
    const close = document.createElement("button");
    close.className = "act";
    close.textContent = notice.dataset.close;
    close.addEventListener("click", () => notice.replaceChildren());
    notice.replaceChildren(...texts, close);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href, location.href);
    const here = url.pathname === location.pathname && url.search === location.search;
    if (url.origin !== location.origin || link.hasAttribute("download") || link.target) return;
    if (here && url.hash) return light(url.hash);
    if (url.pathname.startsWith("/media/")) return;
    event.preventDefault();
    go(url.href);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.hasAttribute("data-plain") || form.enctype === "multipart/form-data") return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    if (form.method !== "post") {
      const url = new URL(form.getAttribute("action") || location.pathname, location.href);
      url.search = new URLSearchParams([...fields].filter(([, value]) => value !== "")).toString();
      return go(url.href);
    }
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    go(form.getAttribute("action") || location.href, { method: "POST", body: fields }).finally(() => delete form.dataset.sent);
  });

  window.addEventListener("popstate", () => {
    ask(location.href).then(({ page }) => (page ? show(page, location.href, { push: false }) : location.reload()), () => location.reload());
  });

  // ---- live regions -----------------------------------------------------------------------------------------------

  let asked = 0;
  let waiting = 0;

  // Fetches the page again and swaps the regions that changed, except where somebody is at work.
  async function refresh() {
    waiting = 0;
    if (document.hidden || !document.querySelector("[data-live]")) return;
    asked = Date.now();
    const mine = visit;
    const { response, page } = await ask(location.href, { headers: { "X-Live": "1" } });
    if (mine !== visit || !response.ok || !page) return;
    if (page.body.classList.contains("outside")) return location.reload();
    for (const region of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(region.id);
      if (fresh && fresh.textContent !== region.textContent && !busy(region)) swap(region, fresh);
    }
  }

  const changed = (area) => area.value !== area.defaultValue;
  const busy = (region) => {
    const selection = document.getSelection();
    return region.querySelector("details[open]") || [...region.querySelectorAll("textarea")].some(changed) || region.querySelector("input:focus, textarea:focus, select:focus")
      || (selection && !selection.isCollapsed && region.contains(selection.anchorNode));
  };

  function swap(region, fresh) {
    const kept = positions();
    const focused = region.contains(document.activeElement) && document.activeElement.getAttribute("href");
    region.replaceWith(document.adoptNode(fresh));
    restore(kept, [fresh.id]);
    if (focused) fresh.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    ready();
  }

  const positions = () => new Map([...document.querySelectorAll("[id]")].filter((one) => one.scrollTop).map((one) => [one.id, one.scrollTop]));
  const restore = (kept, ids) => ids.forEach((id) => {
    const region = document.getElementById(id);
    if (region && kept.has(id)) region.scrollTop = kept.get(id);
  });

  function listen() {
    if (document.body.classList.contains("outside")) return;
    const events = new EventSource("/events");
    const tell = (on) => {
      const state = document.querySelector("[data-live-state]");
      if (!state) return;
      state.classList.add("known");
      state.classList.toggle("on", on);
    };
    events.addEventListener("open", () => tell(true));
    events.addEventListener("error", () => tell(false));
    events.addEventListener("changed", () => {
      waiting ||= setTimeout(() => refresh().catch(() => {}), Math.max(0, asked + LIVE_GAP_MS - Date.now()));
    });
    document.addEventListener("shown", () => tell(events.readyState === EventSource.OPEN));
    window.addEventListener("pagehide", () => events.close());
  }

  // ---- keys -------------------------------------------------------------------------------------------------------

  const visible = (one) => one.checkVisibility?.() ?? one.offsetParent !== null;
  const typing = (one) => one.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const keyed = () => [...document.querySelectorAll("[data-key]")].filter(visible);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    const find = document.querySelector("[data-completes]");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && find) {
      event.preventDefault();
      return find.focus();
    }
    if (event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") return escape(event);
    if (root.dataset.keys === "off" || typing(event.target)) return;
    const control = keyed().find((one) => one.dataset.key.toLowerCase() === event.key.toLowerCase());
    if (control) {
      event.preventDefault();
      return press(control);
    }
    const steps = { j: 1, k: -1 };
    if (event.key.toLowerCase() in steps) move(steps[event.key.toLowerCase()], event);
  });

  function press(control) {
    if (control.matches("input, select, textarea")) return control.focus();
    const panel = control.closest("summary")?.parentElement;
    if (!panel?.open) {
      if (unsent(control)) return;
      control.click();
    }
    if (panel?.open) panel.querySelector("textarea:not([rows='2']), input:not([type=hidden]), button")?.focus();
  }

  // No key leaves words behind that were not sent: they come into view instead, and it is said why.
  function unsent(control) {
    if (!control.matches("a[href], button:not([type=button])")) return false;
    const left = [...document.querySelectorAll("main textarea")].find((one) => changed(one) && one.form !== control.form);
    if (!left) return false;
    const panel = left.closest("details");
    if (panel) panel.open = true;
    left.focus();
    notify([document.getElementById("notice").dataset.unsent]);
    return true;
  }

  // Out of a field, out of an open panel, then one page up.
  function escape(event) {
    const panel = event.target.closest?.("details[open].panel");
    if (panel) {
      panel.open = false;
      return panel.querySelector("summary").focus();
    }
    if (typing(event.target)) return event.target.blur();
    const back = keyed().find((one) => one.dataset.key === "Escape");
    if (back) press(back);
  }

  function move(step, event) {
    const rows = [...document.querySelectorAll("[data-row]")].filter(visible);
    if (!rows.length) return;
    event.preventDefault();
    const focused = rows.indexOf(document.activeElement);
    const at = focused < 0 ? rows.findIndex((row) => row.closest(".row.chosen")) : focused;
    rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))].focus();
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-opens]");
    if (!opener) return;
    const dialog = document.getElementById(opener.dataset.opens);
    const list = dialog.querySelector("dl");
    const lines = keyed().flatMap((one) => {
      const [term, text] = [document.createElement("dt"), document.createElement("dd")];
      const key = document.createElement("kbd");
      key.textContent = one.dataset.key === "Escape" ? "Esc" : one.dataset.key.toUpperCase();
      term.append(key);
      text.textContent = one.getAttribute("aria-label") || one.querySelector("span")?.textContent || one.textContent.trim();
      return [term, text];
    });
    list.replaceChildren(...lines);
    dialog.showModal();
  });

  // ---- completion: what may stand where somebody types, as the server says ----------------------------------------

  let typed; // aborts what was asked for the letters before
  const later = async (ms) => {
    typed?.abort();
    const { signal } = (typed = new AbortController());
    await new Promise((soon) => setTimeout(soon, ms));
    return signal;
  };
  const fetched = async (url, options) => {
    const response = options.signal.aborted ? null : await fetch(url, options).catch(() => null);
    const page = response?.ok ? parse(await response.text()) : null;
    return options.signal.aborted ? null : page;
  };
  const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));

  function offer(field, options) {
    const list = listOf(field);
    list.replaceChildren(...options);
    options.forEach((option, at) => (option.id = `${list.id}-${at}`));
    field.removeAttribute("aria-activedescendant");
    list.hidden = !options.length;
    field.setAttribute("aria-expanded", String(!list.hidden));
  }

  async function complete(field) {
    const signal = await later(90);
    const at = new TextEncoder().encode(field.value.slice(0, field.selectionStart)).length;
    const url = `${field.dataset.completes}?${new URLSearchParams({ q: field.value, at })}`;
    const page = await fetched(url, { headers: { "X-Live": "1" }, signal });
    if (page && document.activeElement === field) offer(field, [...page.querySelectorAll("[role=option]")]);
  }

  function take(field, option) {
    field.value = option.dataset.query;
    field.setSelectionRange(option.dataset.cursor, option.dataset.cursor);
    offer(field, []);
    if ("goesOn" in option.dataset) complete(field);
  }

  function close(field) {
    typed?.abort();
    offer(field, []);
  }

  document.addEventListener("focusout", (event) => event.target.dataset?.completes && close(event.target));
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest?.(".completions [role=option]");
    if (!option) return;
    event.preventDefault();
    take(document.querySelector(`[aria-controls="${option.parentElement.id}"]`), option);
  });
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.dataset?.completes || event.isComposing) return;
    const options = [...listOf(field).children];
    const chosen = options.findIndex((one) => one.id === field.getAttribute("aria-activedescendant"));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!options.length) return step === 1 ? complete(field) : undefined;
    if (step) {
      const next = options[(chosen + step + options.length + (chosen < 0 && step < 0)) % options.length];
      options.forEach((one) => one.setAttribute("aria-selected", String(one === next)));
      field.setAttribute("aria-activedescendant", next.id);
      next.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Escape") close(field);
    else if (chosen >= 0 && ["Enter", "Tab"].includes(event.key)) take(field, options[chosen]);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // A text that is looked at while it is written: what it comes to stands in the parts that are swapped.
  async function preview(area) {
    area.rows = Math.max(16, area.value.split("\n").length + 1);
    document.getElementById("marks")?.replaceChildren();
    const signal = await later(450);
    const page = await fetched(area.dataset.previews, { method: "POST", body: new URLSearchParams(new FormData(area.form)), signal });
    page?.querySelectorAll("[data-part]").forEach((part) => document.getElementById(part.id)?.replaceWith(document.adoptNode(part)));
  }

  document.addEventListener("input", ({ target }) => {
    if (target.dataset?.completes) complete(target);
    if (target.dataset?.previews) preview(target);
  });

  // ---- reasons and their words ------------------------------------------------------------------------------------

  function light(hash) {
    document.getElementById(hash.slice(1))?.focus({ preventScroll: true });
  }

  function together(event) {
    const on = event.type === "mouseover" || event.type === "focusin";
    const one = event.target.closest?.("[data-reason]");
    document.querySelectorAll(".lit").forEach((lit) => lit.classList.remove("lit"));
    if (!one || !on) return;
    for (const number of one.dataset.reason.split(" ")) {
      document.querySelectorAll(`[data-reason~="${CSS.escape(number)}"]`).forEach((other) => other.classList.add("lit"));
    }
  }
  for (const name of ["mouseover", "mouseout", "focusin", "focusout"]) document.addEventListener(name, together);

  // ---- every time a page is there ---------------------------------------------------------------------------------

  function ready() {
    root.dataset.ready = "yes";
    document.dispatchEvent(new Event("shown"));
    document.querySelector(".three .row.chosen")?.scrollIntoView({ block: "nearest" });
  }

  listen();
  ready();
})();
