// Draws customers as points that the server has put together for the zoom at hand. Where the reader
// has gone to stands in the address.
(() => {
  const number = new Intl.NumberFormat(document.documentElement.lang);

  const tone = ({ customers, visited }) => {
    if (!visited) return "none";
    return visited / customers >= 0.75 ? "good" : "some";
  };

  const CLOSEST = 18;

  const note = (map) => {
    const { lat, lng } = map.getCenter();
    const url = new URL(location.href);
    url.searchParams.set("at", [lat.toFixed(4), lng.toFixed(4), map.getZoom()].join(","));
    history.replaceState(history.state, "", url);
  };

  const draw = (element) => {
    element.dataset.drawn = "true";
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = L.map(element, { zoomAnimation: !still, fadeAnimation: !still });
    map.attributionControl.setPrefix(false);
    L.control.scale({ imperial: false }).addTo(map);
    const [latitude, longitude, zoom] = (new URL(location.href).searchParams.get("at") ?? "").split(",").map(Number);
    const isPlace = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && zoom >= 0 && zoom <= CLOSEST;
    if (isPlace) map.setView([latitude, longitude], zoom);
    else map.fitBounds(JSON.parse(element.dataset.bounds), { padding: [16, 16] });
    const layer = L.layerGroup().addTo(map);
    let asked = 0;

    const label = (point) =>
      `${number.format(point.customers)} ${element.dataset.customers}, ` +
      `${number.format(point.visited)} ${element.dataset.visited}`;

    const reach = (node, point, follow) => {
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", point.url ? "link" : "button");
      node.setAttribute("aria-label", label(point));
      node.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        element.focus(); // this point gives way to those it is put together of
        follow();
      });
    };

    const show = async () => {
      const view = map.getBounds().pad(0.1);
      const mine = ++asked;
      const url = new URL(element.dataset.points, location.href);
      const clamp = (value, most) => Math.max(-most, Math.min(most, value));
      url.searchParams.set(
        "box",
        [
          clamp(view.getSouth(), 90), clamp(view.getWest(), 180),
          clamp(view.getNorth(), 90), clamp(view.getEast(), 180),
        ].join(","),
      );
      url.searchParams.set("zoom", map.getZoom());
      const answer = await fetch(url);
      if (!answer.ok || mine !== asked) return; // the map has moved on
      const { points } = await answer.json();
      layer.clearLayers();
      for (const point of points) {
        const at = [point.latitude, point.longitude];
        const radius = point.customers === 1 ? 7 : Math.min(26, 9 + 4 * Math.log10(point.customers) * 2);
        const follow = () => {
          if (point.url) location.assign(point.url);
          else map.setView(at, Math.min(map.getZoom() + 2, CLOSEST));
        };
        const circle = L.circleMarker(at, { radius, className: `coverage-point ${tone(point)}` })
          .bindTooltip(label(point))
          .on("click", follow);
        layer.addLayer(circle);
        reach(circle.getElement(), point, follow);
        if (point.customers > 1) {
          const icon = L.divIcon({
            className: `coverage-count ${tone(point)}`,
            html: number.format(point.customers),
            iconSize: [8 + 6 * String(point.customers).length, 14],
          });
          layer.addLayer(L.marker(at, { icon, interactive: false, keyboard: false }));
        }
      }
      element.dataset.shown = String(points.length);
    };
    map.on("moveend", () => {
      note(map);
      show();
    });
    show();
    window.tapakGround(map, element);
  };

  const drawAll = () => document.querySelectorAll("[data-coverage]:not([data-drawn])").forEach(draw);
  document.addEventListener("htmx:after:swap", drawAll);
  drawAll();
})();
