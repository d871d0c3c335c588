// Keys that work on every page: / searches, ? lists them all, g and a letter go to a page.
(() => {
  let goes = 0;

  const isTyping = (node) =>
    node.closest?.("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const help = document.getElementById("keys");
    if (event.key === "/") {
      event.preventDefault();
      const here = document.getElementById("search-text") || document.getElementById("menu-search");
      if (here?.checkVisibility()) here.focus();
      else location.assign(help.dataset.search);
    } else if (event.key === "?") {
      help.showModal();
    } else if (event.key === "g") {
      goes = Date.now();
      return;
    } else if (goes && Date.now() - goes < 1500) {
      document.querySelector(`.menu-entries a[data-key="${CSS.escape(event.key)}"]`)?.click();
    }
    goes = 0;
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-show-keys]")) document.getElementById("keys").showModal();
  });
})();
