// Draws customers as points that the server has put together for the zoom at hand.
(() => {
  const number = new Intl.NumberFormat(document.documentElement.lang);

  const tone = ({ customers, visited }) => {
    if (!visited) return "none";
    return visited / customers >= 0.75 ? "good" : "some";
  };

  const CLOSEST = 18;

  const draw = (element) => {
    element.dataset.drawn = "true";
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = L.map(element, { zoomAnimation: !still, fadeAnimation: !still });
    map.attributionControl.setPrefix(false);
    L.control.scale({ imperial: false }).addTo(map);
    if (!window.tapakPlace(map)) map.fitBounds(JSON.parse(element.dataset.bounds), { padding: [16, 16] });
    const layer = L.layerGroup().addTo(map);
    let asked = 0;

    const label = (point) =>
      `${number.format(point.customers)} ${element.dataset.customers}, ` +
      `${number.format(point.visited)} ${element.dataset.visited}`;

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
          else {
            element.focus(); // this point gives way to those it is put together of
            map.setView(at, Math.min(map.getZoom() + 2, CLOSEST));
          }
        };
        const circle = L.circleMarker(at, { radius, className: `coverage-point ${tone(point)}` })
          .bindTooltip(label(point))
          .on("click", follow);
        layer.addLayer(circle);
        window.tapakReach(circle.getElement(), { label: label(point), isLink: Boolean(point.url), follow });
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
    map.on("moveend", show);
    show();
    window.tapakGround(map, element);
  };

  const drawAll = () => document.querySelectorAll("[data-coverage]:not([data-drawn])").forEach(draw);
  document.addEventListener("htmx:after:swap", drawAll);
  drawAll();
})();
