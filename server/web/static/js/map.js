// Draws the evidence map: fence, positions with their accuracy, the day's track with its gaps.
// Colours come from the classes in parts.css, so that light, dark and legend always agree.
(() => {
  const NAME_WIDTH = 96;
  const NAME_HEIGHT = 18;
  const WHOLE_COUNTRY = [[-11, 95], [6, 141]];
  const words = document.currentScript.dataset;

  // Leaflet's own words are English; these are for the maps of other scripts, too.
  L.Control.Zoom.mergeOptions({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut });
  L.Map.addInitHook(function speak() {
    this.on("popupopen", ({ popup }) => {
      const button = popup.getElement().querySelector(".leaflet-popup-close-button");
      button.setAttribute("aria-label", words.close);
    });
  });

  // Outlines and towns, when no tile server is set: a map without any outside request.
  const drawGround = async (map, element) => {
    const [land, towns] = await Promise.all(
      [element.dataset.base, element.dataset.places].map(async (url) => (await fetch(url)).json()),
    );
    L.geoJSON(land, { interactive: false, style: { className: "map-land" } })
      .addTo(map)
      .bringToBack();
    const names = L.layerGroup().addTo(map);
    const show = () => {
      names.clearLayers();
      const view = map.getBounds();
      const taken = [];
      for (const [name, latitude, longitude] of towns) {
        if (!view.contains([latitude, longitude])) continue;
        const { x, y } = map.latLngToContainerPoint([latitude, longitude]);
        const isTaken = ([otherX, otherY]) =>
          Math.abs(otherX - x) < NAME_WIDTH && Math.abs(otherY - y) < NAME_HEIGHT;
        if (taken.some(isTaken)) continue;
        taken.push([x, y]);
        const label = L.divIcon({ className: "map-town", html: "<i></i><span></span>", iconSize: [0, 0] });
        const marker = L.marker([latitude, longitude], { icon: label, interactive: false, keyboard: false });
        names.addLayer(marker);
        marker.getElement().lastChild.textContent = name;
      }
    };
    map.on("moveend", show);
    show();
  };

  // Leaflet takes a string for HTML, and these are names that people made up.
  const asText = (words) => {
    const box = document.createElement("span");
    box.textContent = words;
    return box;
  };
  window.tapakText = asText;

  // A point is reached and followed by keyboard: a link to a page, or a button.
  window.tapakReach = (node, { label, isLink, follow }) => {
    node.setAttribute("tabindex", "0");
    node.setAttribute("role", isLink ? "link" : "button");
    node.setAttribute("aria-label", label);
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      follow();
    });
  };

  // Where the reader has gone to stands in the address. Returns whether that was somewhere already.
  window.tapakPlace = (map) => {
    const CLOSEST = 22;
    const [latitude, longitude, zoom] = (new URL(location.href).searchParams.get("at") ?? "").split(",").map(Number);
    const isPlace = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && zoom >= 0 && zoom <= CLOSEST;
    if (isPlace) map.setView([latitude, longitude], zoom);
    map.whenReady(() => map.on("moveend", () => {
      const { lat, lng } = map.getCenter();
      window.tapakNote("at", [lat.toFixed(4), lng.toFixed(4), map.getZoom()].join(","));
    }));
    return isPlace;
  };

  // What a stop's place is in its day, and what became of it.
  const numbered = ({ at, number, state }) => {
    const icon = L.divIcon({ className: `map-number ${state}`, html: String(number), iconSize: [24, 24] });
    return L.marker(at, { icon, keyboard: false });
  };

  const draw = async (element) => {
    const data = JSON.parse(element.querySelector("script").textContent);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = L.map(element, {
      zoomAnimation: !still,
      fadeAnimation: !still,
    });
    map.attributionControl.setPrefix(false);
    L.control.scale({ imperial: false }).addTo(map);

    // A circle knows its bounds only on a map that has a view, which in turn needs the bounds.
    const near = L.latLngBounds();
    const circle = (at, radius, className) => {
      near.extend(L.latLng(at).toBounds(2 * radius));
      L.circle(at, { radius, className, interactive: false }).addTo(map);
    };
    const point = (at, className, label) => {
      near.extend(at);
      return L.circleMarker(at, { radius: 6, className }).bindTooltip(asText(label)).addTo(map);
    };
    // What is known of a check-in, in words, with its photos.
    const told = (event) => {
      const box = document.createElement("div");
      box.className = "map-word";
      for (const [index, words] of event.words.entries()) {
        const line = document.createElement(index ? "span" : "strong");
        line.textContent = words;
        box.append(line);
      }
      const row = document.createElement("div");
      row.className = "row";
      for (const photo of event.photos ?? []) {
        const link = document.createElement("a");
        link.href = photo.url;
        const picture = document.createElement("img");
        picture.src = photo.thumbnail;
        picture.alt = photo.label;
        link.append(picture);
        row.append(link);
      }
      if (row.childElementCount) box.append(row);
      return box;
    };

    for (const at of data.near ?? []) near.extend(at);
    const day = L.latLngBounds();
    for (const piece of data.track) {
      day.extend(piece);
      L.polyline(piece, { className: "map-track", interactive: false }).addTo(map);
    }
    const reached = []; // drawn, and so reached, only on a map that has a view
    for (const other of data.others) {
      day.extend(other.at);
      const follow = () => location.assign(other.url);
      const dot = L.circleMarker(other.at, { radius: 6, className: "map-other" });
      dot.bindTooltip(asText(other.label)).on("click", follow).addTo(map);
      reached.push([dot, { label: other.label, isLink: true, follow }]);
    }
    for (const stop of data.route ?? []) {
      day.extend(stop.at);
      const mark = stop.number ? numbered(stop) : L.circleMarker(stop.at, { radius: 5, className: "map-stop" });
      mark.bindTooltip(asText(stop.label)).addTo(map);
    }
    let way;
    if (data.route?.length > 1) {
      way = L.polyline(data.route.map((stop) => stop.at), { className: "map-route", interactive: false }).addTo(map);
    }
    for (const person of data.people ?? []) {
      if (person.seen) day.extend([person.seen.latitude, person.seen.longitude]);
    }
    if (data.fence) {
      circle(data.fence.at, data.fence.radius_m, "map-fence");
      point(data.fence.at, "map-customer", data.customer);
    }
    for (const event of data.events) {
      if (event.accuracy_m) {
        circle(event.at, event.accuracy_m, `map-accuracy map-${event.kind}`);
        if (event.reach_m) circle(event.at, event.reach_m, `map-sure map-${event.kind}`);
      }
      const dot = point(event.at, `map-point map-${event.kind}`, event.label);
      if (!event.words) continue;
      dot.bindPopup(() => told(event), { minWidth: 180 });
      reached.push([dot, { label: event.label, follow: () => dot.openPopup() }]);
    }
    const view = data.whole_day ? day.extend(near) : near;
    const isPlaced = "placed" in element.dataset && window.tapakPlace(map);
    if (!isPlaced) map.fitBounds(view.isValid() ? view : WHOLE_COUNTRY, { padding: [32, 32], maxZoom: 18 });
    for (const [dot, how] of reached) window.tapakReach(dot.getElement(), how);
    way?.bringToBack(); // drawn only now that the map has a view
    element.dispatchEvent(new CustomEvent("tapak:map", { bubbles: true, detail: { map } }));
    element.parentElement
      .querySelector("[data-map-whole-day]")
      ?.addEventListener("click", () => map.fitBounds(day.extend(near), { padding: [24, 24] }));

    await layGround(map, element);
    element.dataset.drawn = "true";
  };

  const layGround = async (map, element) => {
    if (element.dataset.tiles) {
      L.tileLayer(element.dataset.tiles, { maxZoom: 19, attribution: "© OpenStreetMap" }).addTo(map);
    } else {
      map.attributionControl.addAttribution("Natural Earth, GeoNames (CC BY 4.0)");
      await drawGround(map, element);
    }
  };
  window.tapakGround = layGround; // for the maps of other scripts

  const drawAll = () => document.querySelectorAll("[data-map]:not([data-drawn])").forEach(draw);
  document.addEventListener("htmx:after:swap", drawAll);
  drawAll();
})();
