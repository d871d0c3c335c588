// Moves deals between stages by dragging, or with Alt and an arrow key on a card's link. What it
// sends is the form that works without it as well.
(() => {
  let dragged = null;

  const target = (node) => node.closest?.(".lane, .lane-end");

  const unmark = () => {
    for (const marked of document.querySelectorAll(".lane.over, .lane-end.over")) {
      marked.classList.remove("over");
    }
  };

  const send = (card, stage, reason = "") => {
    const form = document.getElementById("board-move");
    form.action = card.dataset.move;
    form.elements.base.value = card.dataset.base;
    form.elements.stage.value = stage;
    form.elements.reason.value = reason;
    form.submit();
  };

  const move = (card, place) => {
    if (!("needsReason" in place.dataset)) {
      send(card, place.dataset.stage);
      return;
    }
    const dialog = document.getElementById("board-reason");
    const text = document.getElementById("board-reason-text");
    text.value = "";
    dialog.onclose = () => {
      if (dialog.returnValue === "move" && text.value.trim()) {
        send(card, place.dataset.stage, text.value);
      }
    };
    dialog.returnValue = "";
    dialog.showModal();
  };

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-deal]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.deal);
    // The places for won and lost would push the card away while the drag begins.
    setTimeout(() => {
      dragged?.classList.add("dragged");
      dragged?.closest(".board").classList.add("dragging");
    });
  });

  document.addEventListener("dragover", (event) => {
    const place = dragged && target(event.target);
    unmark();
    if (!place || place === dragged.closest(".lane")) return;
    event.preventDefault();
    place.classList.add("over");
  });

  document.addEventListener("drop", (event) => {
    const place = dragged && target(event.target);
    if (!place || place === dragged.closest(".lane")) return;
    event.preventDefault();
    move(dragged, place);
  });

  document.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged?.closest(".board").classList.remove("dragging");
    dragged = null;
    unmark();
  });

  document.addEventListener("keydown", (event) => {
    const card = event.altKey && document.activeElement?.closest?.("[data-deal]");
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!card || !step) return;
    const lanes = [...document.querySelectorAll(".lane")];
    const next = lanes[lanes.indexOf(card.closest(".lane")) + step];
    if (!next) return;
    event.preventDefault();
    move(card, next);
  });
})();
