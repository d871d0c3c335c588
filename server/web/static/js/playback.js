// Plays a day back on its map: a slider of the time, a point that moves, the way gone so far.
// Loaded before map.js, to hear that the map is there. It needs no picture of the ground.
(() => {
  const MINUTE = 60_000;
  const PER_SECOND = 15 * MINUTE; // of the day, in a second of playing
  const box = document.querySelector("[data-playback]");
  if (!box) return;
  const day = JSON.parse(box.querySelector("script").textContent);
  const slider = box.querySelector("input");
  const button = box.querySelector("button");
  const said = box.querySelector("output");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, {
    hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: day.zone,
  });
  const start = day.times[0][0];
  const end = day.times.at(-1).at(-1);
  let time = start;

  // The moment stands in the address as the clock shows it, so that it can be shown to others.
  const addressed = () => {
    const wanted = new URL(location.href).searchParams.get("moment");
    for (let at = start; wanted && at < end + MINUTE; at += MINUTE) {
      if (clock.format(at) === wanted) return at;
    }
    return start;
  };
  let playing = 0; // the timer or frame that comes next
  let draw = () => {};

  // Where the rep was: between two positions of a piece, or nowhere known.
  const find = (track) => {
    let last = track[0][0];
    for (const [index, times] of day.times.entries()) {
      const points = track[index];
      if (time < times[0]) return { at: last, isKnown: false };
      if (time <= times.at(-1)) {
        const next = times.findIndex((each) => each >= time);
        if (times[next] === time) return { at: points[next], isKnown: true };
        const share = (time - times[next - 1]) / (times[next] - times[next - 1]);
        const between = (axis) => points[next - 1][axis] + share * (points[next][axis] - points[next - 1][axis]);
        return { at: [between(0), between(1)], isKnown: true };
      }
      last = points.at(-1);
    }
    return { at: last, isKnown: false };
  };

  const tell = () => {
    const span = day.spans.find(({ from, to }) => from <= time && time <= to);
    const visits = day.visits.filter(({ at }) => at <= time);
    const words = [clock.format(time), span?.label ?? day.words.way];
    if (visits.length) words.push(`${visits.length}. ${visits.at(-1).label}`);
    said.textContent = words.join(" · ");
    slider.setAttribute("aria-valuetext", said.textContent);
  };

  const show = (wanted) => {
    time = Math.min(Math.max(wanted, start), end);
    slider.value = Math.ceil((time - start) / MINUTE);
    tell();
    draw();
  };

  const note = () => window.tapakNote("moment", clock.format(time));

  const pause = () => {
    cancelAnimationFrame(playing);
    clearTimeout(playing);
    playing = 0;
    button.textContent = button.dataset.play;
  };

  const play = () => {
    if (time >= end) show(start);
    button.textContent = button.dataset.pause;
    let before = performance.now();
    // Who wants no motion gets one picture a second.
    const next = () => { playing = still.matches ? setTimeout(step, 1000) : requestAnimationFrame(step); };
    const step = () => {
      const now = performance.now();
      show(time + ((now - before) / 1000) * PER_SECOND);
      before = now;
      if (time < end) return next();
      pause();
      note();
    };
    next();
  };

  button.addEventListener("click", () => {
    if (!playing) return play();
    pause();
    note();
  });
  slider.addEventListener("change", note);
  slider.addEventListener("input", () => {
    pause();
    show(start + slider.valueAsNumber * MINUTE);
  });

  document.addEventListener("tapak:map", ({ target, detail: { map } }) => {
    const { track } = JSON.parse(target.querySelector("script").textContent);
    const gone = L.polyline([], { className: "map-gone", interactive: false }).addTo(map);
    const dot = L.circleMarker(track[0][0], { radius: 8, className: "map-person", interactive: false }).addTo(map);
    draw = () => {
      const { at, isKnown } = find(track);
      const pieces = track.map((points, index) => points.filter((_, each) => day.times[index][each] <= time));
      if (isKnown) pieces.findLast((points) => points.length)?.push(at);
      gone.setLatLngs(pieces);
      dot.setLatLng(at).bringToFront();
      dot.getElement()?.classList.toggle("map-unknown", !isKnown);
    };
    draw();
  });

  slider.max = Math.ceil((end - start) / MINUTE);
  show(addressed());
})();
