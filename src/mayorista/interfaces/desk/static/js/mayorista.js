// What the desk does in the browser: keys, drafts, live parts, ages, sound, uploads, theme.
// No inline code anywhere (strict CSP); every page also works without this file, only less comfortably.
"use strict";
(() => {
  const body = document.body;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* refused: nothing kept */ } },
    drop: (key) => { try { localStorage.removeItem(key); } catch { /* the same */ } },
  };
  // The server's clock rules: a desk whose clock is wrong still shows true ages.
  let skew = body.dataset.now ? Date.parse(body.dataset.now) - Date.now() : 0;
  const now = () => Date.now() + skew;
  const laPaz = (ms) => new Intl.DateTimeFormat("es-BO", { timeZone: "America/La_Paz", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(ms);
  const typing = (node) => !!node && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName)) && !/^(checkbox|radio|button|submit)$/.test(node.type);

  // ── relative times ────────────────────────────────────────────────
  const span = (seconds) => {
    seconds = Math.abs(Math.trunc(seconds));
    if (seconds < 60) return `${seconds} s`;
    const minutes = Math.trunc(seconds / 60), hours = Math.trunc(minutes / 60), days = Math.trunc(hours / 24);
    if (days) return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
    if (hours) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
    return `${minutes} min`;
  };
  const tick = () => {
    const at = now();
    for (const node of $$("time[data-ago]")) {
      const seconds = (at - Date.parse(node.dateTime)) / 1000;
      node.textContent = seconds >= 0 ? `hace ${span(seconds)}` : `en ${span(seconds)}`;
    }
    for (const node of $$("time[data-age]")) {
      const minutes = Math.max(0, Math.trunc((at - Date.parse(node.dateTime)) / 60000));
      node.textContent = `${String(Math.trunc(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
    }
    for (const node of $$("[data-left]")) {
      const due = Date.parse(node.dataset.left), from = node.dataset.from ? Date.parse(node.dataset.from) : NaN;
      const seconds = Math.trunc((due - at) / 1000);
      const percent = seconds <= 0 ? 100 : Number.isNaN(from) || due <= from ? 0 : Math.max(0, Math.min(99, Math.trunc((100 * (at - from)) / (due - from))));
      node.classList.toggle("is-red", seconds <= 0);
      node.classList.toggle("is-amber", seconds > 0 && percent >= 70);
      const text = $(".left", node), bar = $("progress", node);
      if (text) text.textContent = seconds <= 0 ? `venció hace ${span(seconds)}` : `quedan ${span(seconds)}`;
      if (bar) bar.value = percent;
    }
    for (const node of $$("[data-window]")) {
      const seconds = Math.trunc((Date.parse(node.dataset.window) - at) / 1000);
      const text = $("[data-window-left]", node);
      if (text) text.textContent = span(Math.max(0, seconds));
      if (seconds <= 0 && !node.dataset.shut) { node.dataset.shut = "1"; node.dispatchEvent(new CustomEvent("window-closed", { bubbles: true })); }
    }
  };
  setInterval(tick, 1000);
  setInterval(() => {
    const node = $("[data-la-paz]");
    if (node) node.textContent = `${new Intl.DateTimeFormat("es-BO", { timeZone: "America/La_Paz", weekday: "short", day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(now())} La Paz`;
  }, 1000);

  // ── live parts: one small poll, each part fetches itself when its topic moved ──
  const live = { versions: {}, answered: Date.now(), failed: 0, busy: false };
  const topics = () => [...new Set($$("[data-topics]").flatMap((node) => node.dataset.topics.split(" ")).concat(body.dataset.user ? ["board", "tray"] : []))].filter(Boolean).sort();
  const freshness = () => {
    const node = $("[data-fresh]");
    if (!node) return;
    const seconds = Math.trunc((Date.now() - live.answered) / 1000);
    node.textContent = `datos de hace ${span(seconds)}`;
    node.classList.toggle("stale", seconds >= 15);
  };
  const moved = (changed) => {
    for (const node of $$("[data-topics]")) {
      if (!node.dataset.topics.split(" ").some((topic) => changed.includes(topic))) continue;
      // What a person is typing in is never swapped away from under the fingers.
      if (node.contains(document.activeElement) && typing(document.activeElement)) { node.dataset.pending = "1"; continue; }
      node.dispatchEvent(new CustomEvent("live"));
    }
  };
  const poll = async () => {
    const names = topics();
    if (names.length && body.dataset.liveUrl) {
      try {
        const known = names.map((name) => `${name}:${live.versions[name] ?? -1}`).join(",");
        const answer = await fetch(`${body.dataset.liveUrl}?v=${encodeURIComponent(known)}`, { headers: { "X-Live": "1" }, cache: "no-store", credentials: "same-origin", redirect: "manual" });
        if (answer.ok) {
          const news = await answer.json();
          const first = Object.keys(live.versions).length === 0;
          const changed = names.filter((name) => live.versions[name] !== undefined && live.versions[name] !== news.versions[name]);
          live.versions = { ...live.versions, ...news.versions };
          live.answered = Date.now();
          live.failed = 0;
          if (news.now) skew = Date.parse(news.now) - Date.now();
          if (news.unacknowledged) sound.state(news.unacknowledged);
          live.busy = changed.length > 0;
          if (!first && changed.length) moved(changed);
          for (const [key, value] of Object.entries(news.counts ?? {})) for (const node of $$(`[data-count-of="${key}"]`)) node.textContent = value;
        } else if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
          expired();
        } else live.failed += 1;
      } catch { live.failed += 1; }
    }
    freshness();
    // An alarm is on the board within a second: who looks at it asks twice in that time, and sooner while it moves.
    const watched = $('[data-topics~="board"]') && !document.hidden;
    setTimeout(poll, live.failed > 5 ? 5000 : watched ? (live.busy ? 200 : 500) : 1000);
  };
  const expired = () => {
    live.failed = 99;
    if ($("#expired")) return;
    const bar = document.createElement("div");
    bar.className = "banner warn"; bar.id = "expired"; bar.role = "alert";
    const text = document.createElement("span");
    text.textContent = "Su sesión terminó. Lo que escribió está guardado en este equipo.";
    const link = document.createElement("a");
    link.href = `${body.dataset.loginUrl}?next=${encodeURIComponent(location.pathname + location.search)}`;
    link.textContent = "Volver a entrar";
    bar.append(text, link);
    (($(".topbar") ?? body.firstElementChild)).after(bar);
  };
  addEventListener("focusout", () => setTimeout(() => {
    for (const node of $$("[data-pending]")) if (!node.contains(document.activeElement)) { delete node.dataset.pending; node.dispatchEvent(new CustomEvent("live")); }
  }, 50));

  // ── sound: only after a person unlocked it, until somebody acknowledges ──
  const sound = {
    context: null, on: store.get("m-sound") === "on", count: 0, worst: 0, timer: 0, known: null,
    button: $("[data-sound]"),
    unlock() {
      this.context ??= new AudioContext();
      return this.context.resume();
    },
    async toggle() {
      if (this.on && this.context?.state === "running") { this.on = false; store.set("m-sound", "off"); }
      else { await this.unlock(); this.on = true; store.set("m-sound", "on"); this.tone(880, 0, .12); }
      this.paint(); this.ring();
    },
    paint() {
      if (!this.button) return;
      const playing = this.on && this.context?.state === "running";
      this.button.hidden = false;
      this.button.classList.toggle("off", !playing);
      const mute = $("[data-mute]"); if (mute) mute.hidden = playing || store.get("m-sound") === "off";
      this.button.setAttribute("aria-pressed", playing ? "true" : "false");
      const word = $(".word", this.button), use = $("use", this.button);
      if (word) word.textContent = playing ? "Sonido activo" : this.on ? "Sonido detenido: pulse" : "Activar sonido";
      if (use) use.setAttribute("href", use.getAttribute("href").replace(/#.*/, playing ? "#volume" : "#volume-off"));
      this.button.title = playing ? "El sonido suena con cada alarma sin reconocer. Pulse para silenciar." : "El navegador exige un clic para permitir el sonido.";
    },
    tone(hertz, after, length) {
      const context = this.context, start = context.currentTime + after;
      const wave = context.createOscillator(), gain = context.createGain();
      wave.frequency.value = hertz; wave.type = "triangle";
      gain.gain.setValueAtTime(0.0001, start);
      gain.gain.exponentialRampToValueAtTime(0.4, start + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + length);
      wave.connect(gain).connect(context.destination);
      wave.start(start); wave.stop(start + length + 0.02);
    },
    play() {
      if (!this.on || this.context?.state !== "running") return;
      if (this.worst === 1) { this.tone(880, 0, .22); this.tone(660, .25, .22); this.tone(880, .5, .22); }
      else if (this.worst === 2) { this.tone(660, 0, .25); this.tone(550, .3, .25); }
      else this.tone(520, 0, .3);
      body.dataset.rang = String(Number(body.dataset.rang ?? 0) + 1);
    },
    ring() {
      clearTimeout(this.timer);
      if (!this.count) return;
      this.play();
      this.timer = setTimeout(() => this.ring(), { 1: 5000, 2: 10000 }[this.worst] ?? 30000);
    },
    state({ count, worst }) {
      const louder = count > this.count || (count && this.worst && worst < this.worst);
      this.count = count; this.worst = worst;
      if (!count) clearTimeout(this.timer); else if (louder) this.ring();
      const title = document.title.replace(/^\(\d+\) /, "");
      document.title = count ? `(${count}) ${title}` : title;
    },
  };
  sound.button?.addEventListener("click", () => sound.toggle());
  // A remembered choice is taken up at the first gesture, which browsers demand.
  if (sound.on) for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => sound.unlock().then(() => sound.paint()), { once: true });
  sound.paint();

  // ── drafts: what was typed outlives reloads, expired sessions and refused forms ──
  const draftKey = (form) => `m-draft:${body.dataset.user || "?"}:${form.dataset.draft}`;
  const fields = (form) => [...form.elements].filter((node) => node.name && !node.name.startsWith("csrf") && !/^(hidden|file|password|submit|button)$/.test(node.type) || node.dataset?.draftKeep !== undefined);
  const read = (form) => {
    const values = {};
    for (const node of fields(form)) {
      if (/^(checkbox|radio)$/.test(node.type)) { if (node.checked) (values[node.name] ??= []).push(node.value); else values[node.name] ??= []; }
      else values[node.name] = node.value;
    }
    return values;
  };
  const write = (form, values) => {
    for (const node of fields(form)) {
      if (!(node.name in values)) continue;
      if (/^(checkbox|radio)$/.test(node.type)) node.checked = values[node.name].includes(node.value);
      else { if (node.value !== values[node.name]) node.closest("details")?.setAttribute("open", ""); node.value = values[node.name]; }
      node.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };
  const draftLine = (form, text, discard) => {
    let line = $(".draft", form);
    if (!line) { line = document.createElement("span"); line.className = "draft"; line.setAttribute("role", "status"); ($(".form-foot", form) ?? form).append(line); }
    line.textContent = text;
    if (!discard) return;
    const button = document.createElement("button");
    button.type = "button"; button.textContent = "Descartar";
    button.addEventListener("click", () => { store.drop(draftKey(form)); form.reset(); for (const node of form.elements) node.dispatchEvent(new Event("change", { bubbles: true })); line.textContent = "borrador descartado"; });
    line.append(" · ", button);
  };
  const draftOffer = (form, values, at) => {
    draftLine(form, `hay un borrador de ${laPaz(at)}, de antes de los datos de ahora`, true);
    const button = document.createElement("button");
    button.type = "button"; button.textContent = "Recuperarlo";
    button.addEventListener("click", () => { write(form, values); for (const node of form.elements) node.dispatchEvent(new Event("change", { bubbles: true })); draftLine(form, `borrador recuperado, guardado ${laPaz(at)}`, true); });
    $(".draft", form)?.append(" · ", button);
  };
  const pendingKey = "m-draft-sent";
  const settleSent = () => {
    // A form that was sent keeps its draft until a page comes that is neither a login, an error nor the form itself.
    let sent = null;
    try { sent = sessionStorage.getItem(pendingKey); } catch { return; }
    if (!sent) return;
    if (body.dataset.keepDrafts !== undefined) { sessionStorage.removeItem(pendingKey); return; }  // a login or an error: not sent after all
    const [key] = sent.split("\n");
    const again = $$("form[data-draft]").find((form) => draftKey(form) === key);
    if (!again || again.dataset.bound === undefined) store.drop(key);
    sessionStorage.removeItem(pendingKey);
  };
  const armDrafts = (root = document) => {
    for (const form of $$("form[data-draft]", root)) {
      if (form.dataset.armed) continue;
      form.dataset.armed = "1";
      const key = draftKey(form), original = JSON.stringify(read(form));
      const kept = store.get(key);
      if (kept) {
        const { values, at, base } = JSON.parse(kept);
        if (JSON.stringify(values) === original) store.drop(key);
        // What was prefilled has changed since: what was typed is offered, never put over the newer facts unasked.
        else if (base !== undefined && base !== original && form.dataset.bound === undefined) draftOffer(form, values, at);
        else { write(form, values); draftLine(form, `borrador recuperado, guardado ${laPaz(at)}`, true); }
      }
      let timer = 0;
      form.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          const values = read(form), at = now();
          if (JSON.stringify(values) === original) { store.drop(key); return; }
          store.set(key, JSON.stringify({ values, at, base: original }));
          draftLine(form, `borrador guardado ${laPaz(at)}`, true);
        }, 500);
      });
      form.addEventListener("submit", () => {
        store.set(key, JSON.stringify({ values: read(form), at: now(), base: original }));
        try { sessionStorage.setItem(pendingKey, `${key}\n${location.pathname}`); } catch { /* refused */ }
      });
    }
  };

  // ── uploads: paste, drop, choose; the file is stored at once and its id rides in the form ──
  const thumb = (zone, stored) => {
    const box = $(".thumbs", zone.parentElement) ?? zone.parentElement.appendChild(Object.assign(document.createElement("div"), { className: "thumbs" }));
    const item = document.createElement("span");
    item.className = "thumb";
    if (/^image\//.test(stored.type)) { const image = document.createElement("img"); image.src = stored.url; image.alt = ""; item.append(image); }
    const name = document.createElement("span"); name.textContent = stored.name;
    const off = document.createElement("button"); off.type = "button"; off.className = "btn-link"; off.textContent = "quitar"; off.setAttribute("aria-label", `Quitar ${stored.name}`);
    off.addEventListener("click", () => { ids(zone, (list) => list.filter((id) => id !== String(stored.id))); item.remove(); });
    item.append(name, off);
    box.append(item);
  };
  const ids = (zone, change) => {
    const input = $(`input[name="${zone.dataset.upload}"]`, zone.closest("form"));
    input.value = change(input.value.split(",").filter(Boolean)).join(",");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const upload = async (zone, file) => {
    const said = $("[data-said]", zone);
    if (said) said.textContent = `Subiendo ${file.name || "captura"}…`;
    const form = new FormData();
    form.append("file", file, file.name || `captura-${laPaz(now()).replace(":", "")}.png`);
    form.append("number", zone.dataset.number);
    try {
      const answer = await fetch(zone.dataset.url, { method: "POST", body: form, headers: { "X-CSRFToken": body.dataset.csrf }, credentials: "same-origin" });
      const stored = await answer.json();
      if (!answer.ok) throw new Error(stored.message);
      ids(zone, (list) => [...list, String(stored.id)]);
      thumb(zone, stored);
      if (said) said.textContent = "";
    } catch (error) { if (said) said.textContent = `No se pudo subir: ${error.message || "sin conexión"}. Intente de nuevo.`; }
  };
  const armUploads = (root = document) => {
    for (const zone of $$("[data-upload]", root)) {
      if (zone.dataset.armed) continue;
      zone.dataset.armed = "1";
      zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
      zone.addEventListener("dragleave", () => zone.classList.remove("over"));
      zone.addEventListener("drop", (event) => { event.preventDefault(); zone.classList.remove("over"); for (const file of event.dataTransfer.files) upload(zone, file); });
      $("input[type=file]", zone)?.addEventListener("change", (event) => { for (const file of event.target.files) upload(zone, file); event.target.value = ""; });
    }
  };
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    const zone = $("[data-upload]", event.target.closest?.("form") ?? document) ?? $("[data-upload]");
    if (!zone) return;
    event.preventDefault();
    for (const file of files) upload(zone, file);
  });

  // ── the timeline opens at its newest end and stays there while nobody looks back ──
  const thread = () => $("[data-thread]");
  const atEnd = (node) => node.scrollHeight - node.scrollTop - node.clientHeight < 80;
  let followed = true;
  const toEnd = () => { const node = thread(); if (node && node.scrollHeight > node.clientHeight && !location.hash) node.scrollTop = node.scrollHeight; };
  const railToNow = () => {
    const step = $("ol.rail .late, ol.rail .now"), rail = step?.parentElement;
    if (rail && rail.scrollWidth > rail.clientWidth) rail.scrollLeft = step.offsetLeft - 12;
  };

  // What a person opened or scrolled to stays so when the part is fetched anew.
  let left = { above: 0, open: [] };
  const label = (fold) => $("summary", fold)?.textContent.trim() ?? "";
  addEventListener("htmx:beforeSwap", () => {
    const node = thread();
    followed = !node || atEnd(node);
    left = { above: $(".side .above")?.scrollTop ?? 0, open: $$("#side details[open], #timeline details[open]").map(label) };
  });
  const restore = () => {
    for (const fold of $$("#side details, #timeline details")) if (left.open.includes(label(fold))) fold.open = true;
    const above = $(".side .above");
    if (above) above.scrollTop = left.above;
    if (followed) toEnd();
    railToNow();
  };
  addEventListener("htmx:oobAfterSwap", restore);
  addEventListener("htmx:afterSettle", restore);

  // ── quick replies: "/" in the composer ────────────────────────────
  const armQuick = (root = document) => {
    for (const area of $$("textarea[data-quick]", root)) {
      if (area.dataset.armed) continue;
      area.dataset.armed = "1";
      const list = document.getElementById(area.dataset.quick);
      const shown = () => $$("button", list).filter((node) => !node.hidden);
      const mark = (node) => { for (const other of $$("button", list)) other.setAttribute("aria-selected", other === node ? "true" : "false"); node?.scrollIntoView({ block: "nearest" }); };
      const close = () => { list.hidden = true; };
      const take = (node) => { area.value = node.dataset.text; close(); area.focus(); area.dispatchEvent(new Event("input", { bubbles: true })); };
      const show = (word) => {
        const wanted = word.toLowerCase();
        for (const node of $$("button", list)) node.hidden = !node.textContent.toLowerCase().includes(wanted);
        list.hidden = !shown().length;
        mark(shown()[0]);
      };
      area.addEventListener("input", () => { if (area.value.startsWith("/")) show(area.value.slice(1)); else close(); });
      area.addEventListener("keydown", (event) => {
        if (list.hidden) return;
        const options = shown(), index = options.findIndex((node) => node.getAttribute("aria-selected") === "true");
        if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); mark(options[(index + (event.key === "ArrowDown" ? 1 : options.length - 1)) % options.length]); }
        else if (event.key === "Enter" && !event.ctrlKey) { event.preventDefault(); if (options[index]) take(options[index]); }
        else if (event.key === "Escape") { event.stopPropagation(); close(); }
      });
      list.addEventListener("click", (event) => { const node = event.target.closest("button"); if (node) take(node); });
      for (const opener of $$(`[data-quick-open="${area.dataset.quick}"]`)) opener.addEventListener("click", () => { list.hidden ? show("") : close(); area.focus(); });
    }
  };

  // ── the composer knows the window: free text while it is open, a template when not ──
  const composer = () => {
    const form = $("#composer");
    if (!form) return;
    const to = $("#to", form), chosen = to.selectedOptions[0];
    if (!chosen) return;
    const mail = chosen.dataset.way === "EMAIL";
    const open = !mail && chosen.dataset.free === "1" && (!chosen.dataset.closes || Date.parse(chosen.dataset.closes) - 120000 > now());
    const locked = !mail && !open, usable = !locked || chosen.dataset.template === "1";
    const shown = $("[data-window-open]", form);
    shown.hidden = !open;
    if (open && chosen.dataset.closes) $("[data-window-left]", form).textContent = span((Date.parse(chosen.dataset.closes) - 120000 - now()) / 1000);
    $("[data-window-shut]", form).hidden = !locked;
    $("[data-window-why]", form).textContent = locked && !usable ? chosen.dataset.why : "";
    $("[data-free-part]", form).hidden = locked;
    const select = $("#template", form);
    form.classList.toggle("locked", locked);
    for (const part of $$("[data-template-part]", form)) part.hidden = !locked || !usable;
    select.disabled = select.hidden;
    for (const tool of $$("[data-quick-open], .attach", form)) tool.hidden = locked;
    $("[data-template-text]", form).textContent = select.selectedOptions[0]?.dataset.text ?? "";
    $("[data-main]", form).disabled = !usable || (locked && !select.options.length);
    $("[data-send-word]", form).textContent = locked ? "Enviar plantilla" : mail ? "Enviar correo" : "Enviar";
  };
  setInterval(composer, 5000);
  addEventListener("click", (event) => {
    const link = event.target.closest("[data-to]"), to = $("#to");
    if (!link || !to) return;
    to.value = link.dataset.to;
    composer();
    setTimeout(() => $("#text")?.focus(), 0);
  });

  // ── parts of a form that depend on an answer ──────────────────────
  const showWhen = () => {
    for (const node of $$("[data-show-when]")) {
      const [name, wanted] = node.dataset.showWhen.split("=");
      const form = node.closest("form");
      const given = $$(`[name="${name}"]`, form).filter((input) => !/^(radio|checkbox)$/.test(input.type) || input.checked).map((input) => input.value);
      const shown = wanted.split("|").some((value) => given.includes(value));
      node.hidden = !shown;
      for (const input of $$("input, select, textarea", node)) input.disabled = !shown;
    }
    for (const select of $$("select[data-options-by]")) {
      const cut = select.dataset.optionsBy.indexOf(":"), name = select.dataset.optionsBy.slice(0, cut), map = select.dataset.optionsBy.slice(cut + 1);
      const chosen = $$(`[name="${name}"]`, select.form).find((input) => input.type !== "radio" || input.checked)?.value ?? "";
      for (const option of select.options) {
        const fits = !option.value || !chosen || option.value.startsWith("N-") || option.value.startsWith((JSON.parse(map))[chosen] ?? "");
        option.hidden = option.disabled = !fits;
      }
      if (select.selectedOptions[0]?.disabled) select.value = "";
    }
  };
  addEventListener("change", (event) => {
    showWhen();
    composer();
    const all = event.target.closest?.("[data-check-all]");
    if (all) for (const box of $$(all.dataset.checkAll)) { box.checked = all.checked; }
    sums();
    if (event.target.closest?.("[data-auto-submit]")) event.target.form.requestSubmit();
  });

  // ── what is chosen, summed: whole cents, so that no float is ever near money ──
  const sums = () => {
    for (const form of $$("[data-sum-form]")) {
      const out = form.querySelector("[data-sum]");
      const chosen = [...form.querySelectorAll("input[name=row]:checked")];
      if (!out) continue;
      const totals = new Map();
      for (const box of chosen) {
        const [whole, cents = "00"] = (box.dataset.amount || "0").split(".");
        const value = BigInt(whole + cents.padEnd(2, "0").slice(0, 2));
        totals.set(box.dataset.sign, (totals.get(box.dataset.sign) ?? 0n) + value);
      }
      const said = [...totals].map(([sign, value]) => {
        const digits = String(value < 0n ? -value : value).padStart(3, "0");
        const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ".");
        return `${sign} ${value < 0n ? "−" : ""}${whole},${digits.slice(-2)}`;
      });
      out.textContent = chosen.length ? `${chosen.length} ${chosen.length === 1 ? out.dataset.one : out.dataset.some} · ${said.join(" · ")}` : out.dataset.none;
    }
  };

  // ── keyboard ──────────────────────────────────────────────────────
  let chord = 0;
  const go = { b: "/", d: "/danos/", a: "/alarmas/", c: "/clientes/", m: "/mantenimientos/", f: "/facturacion/", p: "/pizarra", x: "/mensajes/", k: "/contratos/", o: "/cobranza/", v: "/comprobantes/", i: "/indicadores/" };
  const rows = () => $$("[data-rows] tr[data-href], [data-rows] [data-href].row-card").filter((node) => node.offsetParent);
  const current = () => rows().find((row) => row.classList.contains("on"));
  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const index = all.indexOf(current());
    const next = all[Math.max(0, Math.min(all.length - 1, index < 0 ? (by > 0 ? 0 : all.length - 1) : index + by))];
    for (const row of all) row.classList.toggle("on", row === next);
    next.scrollIntoView({ block: "nearest" });
    $("a", next)?.focus({ preventScroll: true });
  };
  addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = target.closest?.("form:not(.search)") ?? null;
      event.preventDefault();
      if (form && form.method === "post") { form.requestSubmit($("[data-main]", form) ?? undefined); return; }
      const next = $(".next-step a, .next-step button, form[data-main-form] [data-main]");
      next?.click();
      return;
    }
    if (event.key === "Escape") {
      for (const menu of $$("details.menu[open]")) { menu.open = false; $("summary", menu)?.focus(); }
      if (typing(target)) target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(target) || $("dialog[open]")) return;
    if (chord && Date.now() - chord < 1500) {
      chord = 0;
      if (go[event.key]) { event.preventDefault(); location.href = go[event.key]; }
      return;
    }
    const row = current();
    const act = {
      "?": () => $("#keys")?.showModal(),
      "/": () => { const box = $("#q"); box?.focus(); box?.select(); },
      g: () => { chord = Date.now(); },
      n: () => { location.href = "/danos/nuevo/"; },
      c: () => { location.href = "/reclamos/nuevo/"; },
      j: () => step(1), ArrowDown: row ? () => step(1) : null,
      k: () => step(-1), ArrowUp: row ? () => step(-1) : null,
      Enter: row && target === body ? () => { location.href = row.dataset.href; } : null,
      s: () => $(".next-step a, .next-step button")?.click(),
      r: () => $("[data-reply]")?.focus(),
      u: () => $("#toasts form button")?.click(),
    }[event.key];
    if (act) { event.preventDefault(); act(); return; }
    // Any other key shown on a button: of the marked row first, then of the page.
    const marked = (row && $(`[data-key="${CSS.escape(event.key)}"]`, row)) ?? $(`main [data-key="${CSS.escape(event.key)}"], .case-head [data-key="${CSS.escape(event.key)}"]`);
    if (marked && marked.offsetParent) { event.preventDefault(); marked.click(); }
  });
  addEventListener("click", (event) => {
    const target = event.target;
    if (target.closest("[data-help]")) $("#keys")?.showModal();
    if (target.closest("[data-close]")) target.closest(".toast-box")?.remove();
    const copy = target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => { const word = $("span", copy) ?? copy; const before = word.textContent; word.textContent = "Copiado"; setTimeout(() => { word.textContent = before; }, 1500); });
    if (target.closest("[data-print]")) print();
    const whole = target.closest("[data-fullscreen]");
    if (whole) document.documentElement.requestFullscreen?.();
    for (const menu of $$("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
    const row = target.closest("tr[data-href]");
    if (row && !target.closest("a, button, input, label, form, summary") && !String(getSelection())) location.href = row.dataset.href;
  });

  // ── toasts count down, then go ────────────────────────────────────
  const armToasts = () => {
    for (const toast of $$(".toast-box[data-seconds]")) {
      let left = Number(toast.dataset.seconds);
      const count = $("[data-count]", toast);
      const timer = setInterval(() => { left -= 1; if (count) count.textContent = left; if (left <= 0 || !toast.isConnected) { clearInterval(timer); toast.remove(); } }, 1000);
    }
    for (const toast of $$(".toast-box:not([data-seconds]):not(.bad)")) setTimeout(() => toast.remove(), 8000);
  };

  // ── theme ─────────────────────────────────────────────────────────
  const themeButton = $("[data-theme-toggle]");
  const themes = { "": ["Tema: según el sistema", "moon"], light: ["Tema: claro", "sun"], dark: ["Tema: oscuro", "moon"] };
  const paintTheme = () => {
    const chosen = document.documentElement.dataset.bsTheme ?? "";
    if (!themeButton) return;
    $("span", themeButton).textContent = themes[chosen][0];
    const use = $("use", themeButton);
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${themes[chosen][1]}`));
  };
  themeButton?.addEventListener("click", () => {
    const order = ["", "light", "dark"], root = document.documentElement;
    const next = order[(order.indexOf(root.dataset.bsTheme ?? "") + 1) % 3];
    if (next) { root.dataset.bsTheme = next; store.set("m-theme", next); } else { delete root.dataset.bsTheme; store.drop("m-theme"); }
    paintTheme();
  });

  // ── forms: first error in view, one submit only ───────────────────
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
  addEventListener("pageshow", () => { for (const form of $$("form[data-sent]")) delete form.dataset.sent; });
  // ── lists on a phone: each row a card that says what its figures are ──
  const labelled = (root = document) => {
    for (const table of $$("table.fold-phone", root)) {
      const heads = $$("thead th", table).map((head) => ($(".sr", head) ? "" : head.textContent.trim()));
      for (const row of $$("tbody tr", table)) {
        let follows = false;
        [...row.cells].forEach((cell, place) => {
          if (cell.matches(".block, .hide-phone")) { follows = false; return; }
          const silent = !cell.textContent.trim() && !$("svg, img, input, button", cell);
          cell.classList.toggle("void", silent);
          if (silent) return;
          const speaks = $(".label, .phone-label, .phone-name, .tag, a.go, form, button, input, [data-left]", cell);
          if (place && heads[place] && !speaks) {
            const label = document.createElement("span");
            label.className = "label";
            label.textContent = `${heads[place]} `;
            cell.prepend(label);
          }
          cell.classList.toggle("sep", follows);
          follows = !$("input", cell);
        });
      }
    }
  };
  // ── a long list to choose from: a field above it narrows it by any part of a word ──
  const bare = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const armFinders = (root) => {
    for (const select of $$("select[data-find]", root)) {
      if (select.dataset.armed || select.options.length < 8) continue;
      select.dataset.armed = "1";
      const every = [...select.options], input = document.createElement("input");
      input.type = "search";
      input.className = "mb-2";
      input.autocomplete = "off";
      input.placeholder = select.dataset.find;
      input.setAttribute("aria-label", select.dataset.find);
      input.addEventListener("input", () => {
        const words = bare(input.value).split(/\s+/).filter(Boolean), kept = select.value;
        const fits = every.filter((option) => !option.value || words.every((word) => bare(option.textContent).includes(word)));
        select.replaceChildren(...fits);
        const given = fits.filter((option) => option.value);
        select.value = words.length && given.length === 1 ? given[0].value : given.some((option) => option.value === kept) ? kept : "";
        select.dispatchEvent(new Event("change", { bubbles: true }));
      });
      input.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); select.focus(); } });
      select.before(input);
    }
  };
  const arm = (root = document) => { labelled(root); armFinders(root); armDrafts(root); armUploads(root); armQuick(root); showWhen(); composer(); sums(); tick(); };
  addEventListener("htmx:afterSettle", (event) => {
    arm(event.target.parentElement ?? document);
    const kept = event.detail?.elt?.dataset?.keepRow;
    if (kept) $(`[data-id="${CSS.escape(kept)}"]`)?.classList.add("on");
  });
  addEventListener("htmx:beforeSwap", (event) => {
    const row = $("tr.on", event.detail.target);
    if (row?.dataset.id) keptRow = row.dataset.id;
  });
  let keptRow = "";
  addEventListener("htmx:afterSwap", () => {
    const wall = $("[data-wall-class]");
    if (wall) body.className = `wall ${wall.dataset.wallClass}`; if (keptRow) { $(`tr[data-id="${CSS.escape(keptRow)}"]`)?.classList.add("on"); keptRow = ""; } sound.paint(); });
  settleSent();
  arm();
  toEnd();
  armToasts();
  paintTheme();
  ($("[aria-invalid='true']") ?? $("[data-autofocus]"))?.focus();
  $(".thread [data-bound] .errors")?.scrollIntoView({ block: "nearest" });
  railToNow();
  addEventListener("load", railToNow);
  poll();
})();
