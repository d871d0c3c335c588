// Keeps the live map fresh: pushed by server-sent events; without them it asks every 15 seconds.
(() => {
  const page = document.querySelector("[data-live-page]");
  if (!page) return;
  const ASK_EVERY_MS = 15_000;
  const RETRY_PUSH_MS = 60_000;
  const LIST_AT_MOST_EVERY_MS = 5_000;
  const FADED_AFTER_S = 3600;
  const CLOSEST = 22;
  const NEAR_PX = 28; // nearer points would cover each other
  const language = document.documentElement.lang;
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  const metres = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const words = JSON.parse(page.dataset.words);
  const people = new Map();
  const drawn = new Map();
  const crowds = new Map();
  const number = new Intl.NumberFormat(language);
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
      const follow = () => location.assign(person.url);
      dot.on("click", follow);
      // It is drawn anew each time that it leaves a crowd.
      dot.on("add", () => {
        if (dot.getElement()) window.tapakReach(dot.getElement(), { label: person.name, isLink: true, follow });
      });
      layers = { reach: reach.addTo(map), dot: dot.addTo(map) };
      drawn.set(person.id, layers);
    }
    layers.reach.setLatLng(at).setRadius(person.seen.accuracy_m ?? 0);
    const words = `${person.name} · ${ago(age(person.seen))}`;
    layers.dot.setLatLng(at).bindTooltip(window.tapakText(words));
    layers.dot.getElement()?.setAttribute("aria-label", words);
    const share = opacity(person.seen);
    for (const layer of [layers.dot, layers.reach]) {
      const element = layer.getElement(); // none while it is in a crowd
      if (element) element.style.opacity = share;
    }
  };

  // People whose points would cover each other are one point with their number.
  const gather = () => {
    if (!map) return;
    const seen = [...people.values()].filter((person) => person.seen).sort((a, b) => (a.id < b.id ? -1 : 1));
    const groups = [];
    for (const person of seen) {
      const at = [person.seen.latitude, person.seen.longitude];
      const place = map.project(at);
      const group = groups.find((other) => other.place.distanceTo(place) < NEAR_PX);
      if (group) group.members.push(person);
      else groups.push({ place, at, members: [person] });
    }
    const kept = new Set();
    for (const { at, members } of groups) {
      const isCrowd = members.length > 1;
      for (const person of members) {
        const layers = drawn.get(person.id);
        for (const layer of layers ? [layers.reach, layers.dot] : []) {
          if (isCrowd === map.hasLayer(layer)) isCrowd ? layer.remove() : layer.addTo(map);
        }
        if (!isCrowd) mark(person);
      }
      if (!isCrowd) continue;
      const key = `${members[0].id} ${members.length}`;
      kept.add(key);
      let crowd = crowds.get(key);
      if (!crowd) {
        const icon = L.divIcon({ className: "map-crowd", html: number.format(members.length), iconSize: [36, 36] });
        const title = words.people.replace("{0}", number.format(members.length));
        crowd = L.marker(at, { icon, title, keyboard: false }).addTo(map);
        window.tapakReach(crowd.getElement(), { label: title, follow: () => crowd.fire("click") });
        crowds.set(key, crowd);
      }
      const names = members.map((person) => person.name).slice(0, 12).join("\n");
      crowd.setLatLng(at).off("click").on("click", () => {
        map.getContainer().focus(); // the crowd gives way to its people
        const bounds = L.latLngBounds(members.map(({ seen: s }) => [s.latitude, s.longitude]));
        if (map.getZoom() < Math.min(map.getBoundsZoom(bounds), CLOSEST)) map.fitBounds(bounds, { padding: [48, 48], maxZoom: CLOSEST });
        else map.setZoom(Math.min(map.getZoom() + 2, CLOSEST));
      });
      crowd.setOpacity(Math.max(0.6, ...members.map((person) => opacity(person.seen))));
      crowd.bindTooltip(window.tapakText(names), { className: "map-names" });
    }
    for (const [key, crowd] of crowds) {
      if (kept.has(key)) continue;
      crowd.remove();
      crowds.delete(key);
    }
  };
  let gathers = null;
  const gatherSoon = () => {
    gathers ??= requestAnimationFrame(() => { gathers = null; gather(); });
  };

  const show = (person) => { write(person); mark(person); gatherSoon(); };
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
    source.addEventListener("open", () => {
      state("pushed");
      clearInterval(asking);
      asking = null;
      ask(); // what happened while nobody listened, be it since the page was made
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
    map.on("zoomend", gather);
    people.forEach(show);
  });
  people.forEach(write);
  setInterval(() => people.forEach(show), 10_000);
  listen();
})();
