// Moves stops of a plan by dragging. What it sends is the form that works without it as well.
(() => {
  let dragged = null;

  const unmark = () => {
    for (const marked of document.querySelectorAll(".plan-stop.before, .plan-stops.over")) {
      marked.classList.remove("before", "over");
    }
  };

  // The stop that the dragged one would come before; none: it comes last.
  const following = (list, y) =>
    [...list.querySelectorAll(".plan-stop:not(.dragged)")].find((stop) => {
      const box = stop.getBoundingClientRect();
      return y < box.top + box.height / 2;
    });

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-stop]");
    if (!dragged) return;
    dragged.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.stop);
  });

  document.addEventListener("dragover", (event) => {
    const list = dragged && event.target.closest(".plan-day")?.querySelector("[data-day]");
    unmark();
    if (!list) return;
    event.preventDefault();
    list.classList.add("over");
    following(list, event.clientY)?.classList.add("before");
  });

  document.addEventListener("drop", (event) => {
    const list = dragged && event.target.closest(".plan-day")?.querySelector("[data-day]");
    if (!list) return;
    event.preventDefault();
    const others = [...list.querySelectorAll(".plan-stop:not(.dragged)")];
    const before = following(list, event.clientY);
    const form = document.getElementById("plan-move");
    form.elements.stop.value = dragged.dataset.stop;
    form.elements.day.value = list.dataset.day;
    form.elements.position.value = (before ? others.indexOf(before) : others.length) + 1;
    form.submit();
  });

  document.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged = null;
    unmark();
  });
})();
