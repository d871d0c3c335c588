// Lets the rows of a list be dragged into order; the numbers that are sent follow the order.
(() => {
  let dragged = null;

  const number = (list) => {
    let place = 0;
    for (const row of list.children) {
      const box = row.querySelector("input[type=checkbox]");
      row.querySelector(".place").value = box.checked ? ++place : "";
    }
  };

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-reorder] > li");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    dragged.classList.add("dragged");
  });

  document.addEventListener("dragover", (event) => {
    const over = dragged && event.target.closest?.("[data-reorder] > li");
    if (!over || over === dragged || over.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    if (event.clientY < box.top + box.height / 2) over.before(dragged);
    else over.after(dragged);
  });

  document.addEventListener("drop", (event) => {
    if (dragged) event.preventDefault();
  });

  document.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("dragged");
    dragged.querySelector("input[type=checkbox]").checked = true;
    number(dragged.parentElement);
    dragged = null;
  });

  document.addEventListener("change", (event) => {
    const list = event.target.matches("input[type=checkbox]") && event.target.closest("[data-reorder]");
    if (!list) return;
    const row = event.target.closest("li");
    const chosen = [...list.children].filter((each) => each.querySelector("input").checked && each !== row);
    if (event.target.checked && chosen.length) chosen.at(-1).after(row);
    number(list);
  });
})();
