// Keeps the live map fresh: pushed by server-sent events; without them it asks every 15 seconds.
(() => {
  const page = document.querySelector("[data-live-page]");
  if (!page) return;
  const ASK_EVERY_MS = 15_000;
  const RETRY_PUSH_MS = 60_000;
  const LIST_AT_MOST_EVERY_MS = 5_000;
  const FADED_AFTER_S = 3600;
  const language = document.documentElement.lang;
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  const metres = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const words = JSON.parse(page.dataset.words);
  const people = new Map();
  const drawn = new Map();
  let map = null;

  const age = (seen) => Math.max(0, (Date.now() - Date.parse(seen.at)) / 1000);
  const ago = (seconds) => {
    if (seconds < 60) return relative.format(-Math.round(seconds), "second");
    if (seconds < 5400) return relative.format(-Math.round(seconds / 60), "minute");
    if (seconds < 129_600) return relative.format(-Math.round(seconds / 3600), "hour");
    return relative.format(-Math.round(seconds / 86_400), "day");
  };
  // Fresh is solid; an hour old or more is a shadow, still visible.
  const opacity = (seen) => 1 - 0.7 * Math.min(1, age(seen) / FADED_AFTER_S);

  const write = (person) => {
    const row = page.querySelector(`[data-rep="${person.id}"]`);
    if (!row || !person.seen) return;
    const { accuracy_m: accuracy, battery_percent: battery } = person.seen;
    const put = (name, text) => { row.querySelector(`[data-${name}]`).textContent = text; };
    put("age", ago(age(person.seen)));
    put("accuracy", accuracy === null ? "" : ` · ± ${metres.format(accuracy)}\u00a0m`);
    put("battery", battery === null ? "" : ` · ${words.battery.replace("{0}", battery)}`);
  };

  const mark = (person) => {
    if (!map || !person.seen) return;
    const at = [person.seen.latitude, person.seen.longitude];
    let layers = drawn.get(person.id);
    if (!layers) {
      const reach = L.circle(at, { radius: 1, className: "map-accuracy map-reach", interactive: false });
      const dot = L.circleMarker(at, { radius: 8, className: "map-person" });
      dot.on("click", () => location.assign(person.url));
      layers = { reach: reach.addTo(map), dot: dot.addTo(map) };
      drawn.set(person.id, layers);
    }
    layers.reach.setLatLng(at).setRadius(person.seen.accuracy_m ?? 0);
    layers.dot.setLatLng(at).bindTooltip(`${person.name} · ${ago(age(person.seen))}`);
    const share = opacity(person.seen);
    layers.dot.getElement().style.opacity = share;
    layers.reach.getElement().style.opacity = share;
  };

  const show = (person) => { write(person); mark(person); };
  const take = (id, seen) => {
    const person = people.get(id);
    if (!person || !seen) return;
    if (person.seen && Date.parse(person.seen.at) > Date.parse(seen.at)) return;
    person.seen = seen;
    show(person);
  };

  // What is said in words beside the positions: visits, who has started. Fetched as HTML.
  let listWaits = null;
  const fetchList = async () => {
    listWaits = null;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const list = fresh.querySelector("#live-list");
    if (!list) return;
    page.querySelector("#live-list").replaceWith(list);
    people.forEach(show);
  };
  const listChanged = () => {
    listWaits ??= setTimeout(() => fetchList().catch(() => {}), LIST_AT_MOST_EVERY_MS);
  };

  const state = (name) => {
    for (const chip of document.querySelectorAll("[data-live]")) chip.hidden = chip.dataset.live !== name;
  };
  const ask = async () => {
    try {
      const answer = await fetch(page.dataset.positions);
      if (!answer.ok) throw new Error(answer.status);
      for (const { id, seen } of await answer.json()) take(id, seen);
      listChanged();
      return true;
    } catch {
      state("lost");
      return false;
    }
  };

  let asking = null;
  const askAtIntervals = () => {
    asking ??= setInterval(() => ask().then((heard) => heard && state("asked")), ASK_EVERY_MS);
    ask().then((heard) => heard && state("asked"));
  };
  const listen = () => {
    const source = new EventSource(page.dataset.stream);
    let wasOpen = false;
    source.addEventListener("open", () => {
      state("pushed");
      clearInterval(asking);
      asking = null;
      // What happened while nobody listened.
      if (wasOpen) ask();
      wasOpen = true;
    });
    source.addEventListener("message", (event) => {
      for (const news of JSON.parse(event.data)) {
        if (news.kind === "position") take(news.rep_id, news.seen);
        else if (people.has(news.rep_id)) listChanged();
      }
    });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return;
      askAtIntervals();
      setTimeout(listen, RETRY_PUSH_MS);
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  };

  const data = JSON.parse(page.querySelector("[data-map] > script").textContent);
  for (const person of data.people) people.set(person.id, person);
  document.addEventListener("tapak:map", (event) => {
    map = event.detail.map;
    people.forEach(show);
  });
  people.forEach(write);
  setInterval(() => people.forEach(show), 10_000);
  listen();
})();
