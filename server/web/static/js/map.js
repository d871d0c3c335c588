// Draws the evidence map: fence, positions with their accuracy, the day's track with its gaps.
// Colours come from the classes in parts.css, so that light, dark and legend always agree.
(() => {
  const draw = async (element) => {
    const data = JSON.parse(element.querySelector("script").textContent);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = L.map(element, {
      attributionControl: Boolean(element.dataset.tiles),
      zoomAnimation: !still,
      fadeAnimation: !still,
    });
    map.attributionControl?.setPrefix(false);
    L.control.scale({ imperial: false }).addTo(map);

    // A circle knows its bounds only on a map that has a view, which in turn needs the bounds.
    const near = L.latLngBounds();
    const circle = (at, radius, className) => {
      near.extend(L.latLng(at).toBounds(2 * radius));
      L.circle(at, { radius, className, interactive: false }).addTo(map);
    };
    const point = (at, className, label) => {
      near.extend(at);
      L.circleMarker(at, { radius: 6, className }).bindTooltip(label).addTo(map);
    };

    const day = L.latLngBounds();
    for (const piece of data.track) {
      day.extend(piece);
      L.polyline(piece, { className: "map-track", interactive: false }).addTo(map);
    }
    for (const other of data.others) {
      day.extend(other.at);
      L.circleMarker(other.at, { radius: 6, className: "map-other" })
        .bindTooltip(other.label)
        .on("click", () => location.assign(other.url))
        .addTo(map);
    }
    if (data.fence) {
      circle(data.fence.at, data.fence.radius_m, "map-fence");
      point(data.fence.at, "map-customer", data.customer);
    }
    for (const event of data.events) {
      if (event.accuracy_m) {
        circle(event.at, event.accuracy_m, `map-accuracy map-${event.kind}`);
      }
      point(event.at, `map-point map-${event.kind}`, event.label);
    }
    map.fitBounds(near, { padding: [32, 32], maxZoom: 18 });
    element.parentElement
      .querySelector("[data-map-whole-day]")
      ?.addEventListener("click", () => map.fitBounds(day.extend(near), { padding: [24, 24] }));

    if (element.dataset.tiles) {
      L.tileLayer(element.dataset.tiles, { maxZoom: 19, attribution: "© OpenStreetMap" }).addTo(map);
    } else {
      const land = await (await fetch(element.dataset.base)).json();
      L.geoJSON(land, { interactive: false, style: { className: "map-land" } })
        .addTo(map)
        .bringToBack();
    }
    element.dataset.drawn = "true";
  };

  const drawAll = () => document.querySelectorAll("[data-map]:not([data-drawn])").forEach(draw);
  document.addEventListener("htmx:after:swap", drawAll);
  drawAll();
})();
