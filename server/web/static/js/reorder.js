// Rows are chosen from topics into one list and put in order there, by pointer or by keyboard;
// the places that are sent follow the order.
(() => {
  const chosen = document.querySelector("[data-reorder]");
  const said = document.querySelector("[data-said]");
  const find = document.querySelector("[data-finds]");
  const topics = [...document.querySelectorAll("ul[data-topic]")];
  const box = (row) => row.querySelector("input[type=checkbox]");
  let dragged = null;

  const say = (text, row) => {
    const place = [...chosen.children].indexOf(row) + 1;
    said.textContent = text.replace("{name}", row.dataset.name).replace("{place}", place);
  };

  const number = () => {
    [...chosen.children].forEach((row, place) => { row.querySelector(".place").value = place + 1; });
    document.querySelector("[data-none]").hidden = chosen.children.length > 0;
    for (const list of topics) {
      list.parentElement.querySelector("[data-count]").textContent = list.children.length;
      for (const row of list.children) row.querySelector(".place").value = "";
    }
  };

  const put = (row) => {
    // Who goes through a list by keyboard stays in it.
    const next = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("input");
    if (box(row).checked) {
      row.hidden = false;
      chosen.append(row);
      say(said.dataset.chosen, row);
    } else {
      const list = topics.find((each) => each.dataset.topic === row.dataset.of);
      const before = [...list.children].find((each) => Number(each.dataset.order) > Number(row.dataset.order));
      list.insertBefore(row, before ?? null);
      say(said.dataset.putBack, row);
    }
    (next ?? find).focus({ preventScroll: true });
    number();
    narrow();
  };

  const narrow = () => {
    const wanted = find.value.trim().toLowerCase();
    let found = 0;
    for (const list of topics) {
      let here = 0;
      for (const row of list.children) {
        row.hidden = !row.dataset.name.toLowerCase().includes(wanted);
        here += !row.hidden;
      }
      list.parentElement.hidden = !here;
      if (wanted) list.parentElement.open = here > 0;
      found += here;
    }
    document.querySelector("[data-none-found]").hidden = found > 0;
  };

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("li[data-of]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    dragged.classList.add("dragged");
  });

  document.addEventListener("dragover", (event) => {
    const over = dragged && event.target.closest?.("[data-reorder] > li");
    if (!over || over === dragged) return;
    event.preventDefault();
    const edge = over.getBoundingClientRect();
    if (event.clientY < edge.top + edge.height / 2) over.before(dragged);
    else over.after(dragged);
  });

  document.addEventListener("drop", (event) => {
    if (dragged) event.preventDefault();
  });

  document.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("dragged");
    box(dragged).checked = dragged.parentElement === chosen;
    number();
    dragged = null;
  });

  document.addEventListener("change", (event) => {
    const row = event.target.matches("[name=tile]") && event.target.closest("li[data-of]");
    if (row) put(row);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("li");
    if (button.dataset.move === "1") row.nextElementSibling?.after(row);
    else row.previousElementSibling?.before(row);
    button.focus();
    number();
    say(said.dataset.chosen, row);
  });

  find.addEventListener("input", narrow);
  find.addEventListener("keydown", (event) => {
    // Enter would send the form.
    if (event.key === "Enter") event.preventDefault();
  });
})();
