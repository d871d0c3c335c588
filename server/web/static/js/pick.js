// A point that is pressed on a map goes into its field, and one that is typed there onto the map.
(() => {
  const CLOSE = 16;
  const POINT = /^\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*$/;

  document.addEventListener("tapak:map", ({ target, detail: { map } }) => {
    const field = document.getElementById(target.dataset.picks);
    if (!field) return;
    const mark = L.circleMarker([0, 0], { radius: 8, className: "map-customer", interactive: false });
    const show = (isTyped) => {
      const found = POINT.exec(field.value);
      if (!found) {
        mark.remove();
        return;
      }
      const at = [Number(found[1]), Number(found[2])];
      mark.setLatLng(at).addTo(map);
      if (isTyped) map.setView(at, CLOSE);
    };
    map.on("click", ({ latlng }) => {
      const { lat, lng } = latlng.wrap();
      field.value = `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
      show(false);
    });
    field.addEventListener("change", () => show(true));
    show(true);
  });
})();
